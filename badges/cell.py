"""A process of its own for what strangers bring: it may take so long and so much, and no more.

It holds no secret, no database and no way out: what it wants to know of the world it asks the
process that started it, which decides. One process is kept ready, with all that checking needs
loaded; it splits itself for each badge, and what splits off dies with the answer, or at its limits.
"""

import gc
import json
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from badges import rdfc
from badges.guards import ACCEPTED_CONTEXTS, CREDENTIALS_V2, read_json
from badges.tokens import is_token, registry
from badges.verifier import Verification, stopped, verify_upload

#: How long one badge may take, all that others are asked included, and how much memory.
MOST_SECONDS = 4.5
MOST_MEMORY_BYTES = 300 * 1024 * 1024

#: How long we wait for the process kept ready to have loaded: a second or two, unless all are busy.
_MOST_SECONDS_TO_LOAD = 20

#: Answers what the world is asked: `ask("issuer" | "list" | "page", address)`.
Answer = Callable[[str, str], bytes | None]

_ROOT = Path(__file__).parent.parent
_LONGEST_MESSAGE = 16 * 1024 * 1024


@dataclass(frozen=True)
class Spent:
    """What checking one badge took."""

    processor_seconds: float
    #: At its most, all that was loaded before included.
    memory_bytes: int


class Cell:
    """The process kept ready. Threads may share it."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen | None = None
        self._owner = 0

    def look_at(
        self, upload: bytes, answer: Answer, *, now: datetime, email: str = ""
    ) -> Verification:
        """Check a badge in a file that someone brought. Never raises for what is in it.

        :param answer: gives the bytes that an issuer, a list or a page holds, or `None`. It is
            called in this process, as often as the badge asks.
        """
        return self.look_and_measure(upload, answer, now=now, email=email)[0]

    def look_and_measure(
        self, upload: bytes, answer: Answer, *, now: datetime, email: str = ""
    ) -> tuple[Verification, Spent | None]:
        """Check a badge as `look_at` does, and tell what it took; `None` where a limit was reached."""
        with self._split() as line:
            try:
                # That we have only just begun is not the badge's fault: its time starts now.
                line.settimeout(_MOST_SECONDS_TO_LOAD)
                _receive(line)
                deadline = time.monotonic() + MOST_SECONDS + 1
                line.settimeout(MOST_SECONDS + 1)
                asked = {"upload": _packed(upload), "now": now.isoformat(), "email": email}
                _send(line, asked)
                return _converse(line, answer, deadline)
            except (OSError, ValueError, EOFError):
                # The other end is gone: it reached a limit.
                return stopped(), None

    def prepare(self) -> None:
        """Begin to make ready, and do not wait: loading takes a second or two."""
        with self._one_at_a_time:
            self._ready()

    def close(self) -> None:
        """End the process kept ready."""
        with self._one_at_a_time:
            if self._owner == os.getpid():
                self._forget()

    def _forget(self) -> None:
        if self._control and self._process:
            self._control.close()
            self._process.wait()
        self._control = self._process = None

    def _split(self) -> socket.socket:
        """Return a line to a process made for one badge."""
        ours, theirs = socket.socketpair()
        with theirs, self._one_at_a_time:
            try:
                socket.send_fds(self._ready(), [b"x"], [theirs.fileno()])
            except OSError:
                self._forget()  # it has ended; another begins
                socket.send_fds(self._ready(), [b"x"], [theirs.fileno()])
        return ours

    def _ready(self) -> socket.socket:
        # What a process inherits by splitting is another's.
        if self._control is None or self._owner != os.getpid():
            self._control, theirs = socket.socketpair()
            self._owner = os.getpid()
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "badges.cell"],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    cwd=_ROOT,
                    # Of our settings it needs none, and above all no secret.
                    env={"PATH": os.environ.get("PATH", ""), "PYTHONDONTWRITEBYTECODE": "1"},
                )
        return self._control


def _converse(
    line: socket.socket, answer: Answer, deadline: float
) -> tuple[Verification, Spent | None]:
    while True:
        said = _receive(line)
        if "found" in said:
            return Verification.from_plain(said["found"]), Spent(*said["spent"])
        known = answer(str(said["ask"]), str(said["address"]))
        if time.monotonic() > deadline:
            return stopped(), None
        _send(line, {"known": None if known is None else _packed(known)})


# What follows runs in the process kept ready, and in those that split off.


def main() -> None:
    """Wait for lines, and give each to a process of its own."""
    control = socket.socket(fileno=0)
    _load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        message, lines, _flags, _address = socket.recv_fds(control, 1, 1)
        if not message:
            return
        if os.fork() == 0:
            control.close()
            _work(socket.socket(fileno=lines[0]))
        os.close(lines[0])


def _load() -> None:
    """Read the vocabularies, and load what is only loaded at first use."""
    now = datetime.now(UTC)
    for context in sorted(ACCEPTED_CONTEXTS):
        with suppress(ValueError):
            rdfc.canonical_form(
                {
                    "@context": list(dict.fromkeys([CREDENTIALS_V2, context])),
                    "id": "urn:uuid:0e4f28c4-5d6b-4a53-8a3e-1d2f3a4b5c6d",
                    "type": ["VerifiableCredential"],
                    "issuer": "did:web:example.org",
                    "validFrom": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "credentialSubject": {"id": "urn:x:y"},
                }
            )
    for key, algorithm in (
        (RSAKey.generate_key(2048), "RS256"),
        (ECKey.generate_key("P-256"), "ES256"),
        (OKPKey.generate_key("Ed25519"), "Ed25519"),
    ):
        jws.deserialize_compact(
            jws.serialize_compact({"alg": algorithm}, b"{}", key, registry=registry(algorithm)),
            key,
            registry=registry(algorithm),
        )
    for upload in (b"<svg/>", b"eyJhbGciOiJub25lIn0.e30.x", b"{}"):
        verify_upload(
            upload, resolve_issuer=_nothing, fetch_status_list=_nothing, fetch=_nothing, now=now
        )
    gc.collect()
    gc.freeze()


def _work(line: socket.socket) -> None:
    """Check one badge, and end."""
    try:
        _send(line, {"ready": True})
        _confine(line)
        asked = _receive(line)
        found = verify_upload(
            b64decode(asked["upload"]),
            resolve_issuer=lambda address: _read(_ask(line, "issuer", address)),
            fetch_status_list=lambda address: _read(_ask(line, "list", address)),
            fetch=lambda address: _ask(line, "page", address),
            now=datetime.fromisoformat(asked["now"]),
            email=asked["email"],
        )
        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = [used.ru_utime + used.ru_stime, used.ru_maxrss * 1024]
        _send(line, {"found": found.as_plain(), "spent": spent})
    except BaseException:
        # Out of memory, above all. Who waits at the other end hears that the line is closed.
        os._exit(1)
    os._exit(0)


def _confine(line: socket.socket) -> None:
    """Take away all that checking does not need. The kernel keeps the limits, not we."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, MOST_SECONDS)
    seconds = ceil(MOST_SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    # No file and no connection beyond those that are open.
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _ask(line: socket.socket, what: str, address: str) -> bytes | None:
    _send(line, {"ask": what, "address": address})
    known = _receive(line)["known"]
    return None if known is None else b64decode(known)


def _read(content: bytes | None) -> Mapping[str, Any] | str | None:
    """Read what came from elsewhere, as strictly as the badge itself."""
    if content is None:
        return None
    text = content.strip()
    return text.decode("ascii", "replace") if is_token(text) else read_json(text)


def _nothing(_address: str) -> None:
    return None


# One message after another, each a length and its JSON.


def _packed(content: bytes) -> str:
    return b64encode(content).decode()


def _send(line: socket.socket, message: Mapping[str, Any]) -> None:
    content = json.dumps(message).encode()
    line.sendall(struct.pack(">I", len(content)) + content)


def _receive(line: socket.socket) -> dict[str, Any]:
    (length,) = struct.unpack(">I", _exactly(line, 4))
    if length > _LONGEST_MESSAGE:
        raise EOFError
    return json.loads(_exactly(line, length))


def _exactly(line: socket.socket, length: int) -> bytes:
    parts = []
    while length:
        part = line.recv(min(length, 65536))
        if not part:
            raise EOFError
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


if __name__ == "__main__":
    main()
