"""Asking another host: the only place that does. Addresses, sizes and times are held to rules.

An address is resolved once, every answer is checked, and the connection goes to what was checked:
a name that points elsewhere a moment later gains nothing.
"""

import re
import socket
import threading
import time
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import urllib3
from flask_babel import gettext as _
from flask_babel import ngettext
from urllib3.connection import HTTPConnection, HTTPSConnection

from app.errors import Refusal

MOST_BYTES = 10 * 1024 * 1024
MOST_SECONDS = 10.0
_CHUNK = 64 * 1024
_LONGEST_ADDRESS = 2000
_GOOD = (HTTPStatus.OK, HTTPStatus.CREATED)

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Iterable[str]]

#: Beyond what the library counts as not global: ways into IPv4 by way of IPv6, and addresses at
#: which clouds answer their own machines.
_FORBIDDEN = tuple(
    ip_network(each)
    for each in (
        *("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "::ffff:0:0/96"),
        *("fec0::/10", "100::/64", "5f00::/16", "3fff::/20", "2001:db8::/32"),
        *("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "168.63.129.16/32"),
    )
)


class Forbidden(Refusal):
    """An address that we do not ask."""


class Unreachable(Refusal):
    """A host that gave no answer that we could take."""


class Declined(Unreachable):
    """A host that answered, and said no. Its words are not read: they are a stranger's."""

    def __init__(self, reason: str, answered: int) -> None:
        super().__init__(reason)
        #: The status that it answered with.
        self.answered = answered


@dataclass(frozen=True)
class Fetched:
    """An answer, and the address that gave it in the end."""

    address: str
    content: bytes
    media_type: str
    #: What its `Link` headers say, as it came.
    link: str = ""


@dataclass(frozen=True)
class _Target:
    parts: SplitResult
    host: str
    port: int
    ip: str

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.parts.scheme, self.host, self.port


@dataclass(frozen=True)
class _Question:
    """What is sent to an address, beside its address."""

    method: str
    headers: Mapping[str, str]
    content: bytes | None = None


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses that a name has."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@dataclass(frozen=True)
class Fetcher:
    """What may be asked. Tests, and an authority's own network, let in more."""

    ports: frozenset[int] = frozenset({80, 443})
    #: Addresses that are asked although they are not public.
    let_in: frozenset[str] = frozenset()
    schemes: frozenset[str] = frozenset({"http", "https"})
    most_bytes: int = MOST_BYTES
    most_seconds: float = MOST_SECONDS
    #: How many answers may lead on to another address of the same host, the last one included.
    most_hops: int = 4
    #: What we tell a host of ourselves.
    user_agent: str = "Tirnod/1 (reads what organisations ask it to list)"
    resolve: Resolve = field(default=resolve)

    def check(self, address: str) -> None:
        """Refuse an address that may not be asked. Asks for its name, and nothing else.

        :raises Forbidden: with the reason.
        """
        self._target(address)

    def fetch(self, address: str, accept: str = "*/*", *, authorization: str = "") -> Fetched:
        """Return what an address answers, following it within its own host only.

        :param authorization: says who asks. It goes to the scheme, host and port of `address`
            alone: an answer that leads to others is not followed.
        :raises Forbidden: it, or where it leads, may not be asked.
        :raises Unreachable: no answer, none in time, one that is too large, or (`Declined`) a no.
        """
        deadline = time.monotonic() + self.most_seconds
        question = _Question("GET", {"Accept": accept} | _authorization(authorization))
        first = target = self._target(address)
        for _hop in range(self.most_hops):
            answer = self._ask(target, question, deadline)
            if isinstance(answer, Fetched):
                return answer
            target = self._target(urljoin(urlunsplit(target.parts), answer))
            if target.host != first.host or (authorization and target.origin != first.origin):
                raise Forbidden(
                    _("That address leads on to another host. Give the address of that.")
                )
        raise Unreachable(_("That address leads on and on."))

    def send(
        self,
        address: str,
        content: bytes,
        media_type: str,
        *,
        accept: str = "*/*",
        authorization: str = "",
    ) -> Fetched:
        """Send something to an address (POST), and return what it answers. It is followed nowhere.

        :param authorization: says who sends.
        :raises Forbidden: the address may not be asked.
        :raises Unreachable: no answer, none in time, one that is too large or leads elsewhere, or
            (`Declined`) a no.
        """
        deadline = time.monotonic() + self.most_seconds
        headers = {"Accept": accept, "Content-Type": media_type} | _authorization(authorization)
        answer = self._ask(self._target(address), _Question("POST", headers, content), deadline)
        if not isinstance(answer, Fetched):
            raise Unreachable(_("That address leads on to another. What was sent went no further."))
        return answer

    def _target(self, address: str) -> _Target:
        parts = _parts_of(address)
        if parts.scheme not in self.schemes:
            raise Forbidden(_("An address begins with https://."))
        host = host_of(parts)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if port not in self.ports:
            raise Forbidden(_("We ask only the usual ports of the web, 80 and 443."))
        return _Target(parts, host, port, self._ip_of(host, port))

    def _ip_of(self, host: str, port: int) -> str:
        literal = _as_ip(host)
        try:
            found = [str(literal)] if literal else list(self.resolve(host, port))
        except (OSError, UnicodeError):
            raise Unreachable(_("There is no host of that name.")) from None
        if not found:
            raise Unreachable(_("There is no host of that name."))
        for each in found:
            if each not in self.let_in and is_forbidden(ip_address(each.split("%")[0])):
                raise Forbidden(_("That address is not on the public internet."))
        return found[0]

    def _ask(self, target: _Target, question: _Question, deadline: float) -> Fetched | str:
        """Return the answer, or the address that it leads on to."""
        connection = _connection(target, max(deadline - time.monotonic(), 0.01))
        watch: threading.Timer | None = None
        try:
            connection.connect()
            # A host that sends a byte now and then would keep each single wait short.
            left = max(deadline - time.monotonic(), 0.01)
            watch = threading.Timer(left, _hang_up, [connection.sock])
            watch.daemon = True
            watch.start()
            connection.request(
                question.method,
                urlunsplit(("", "", target.parts.path or "/", target.parts.query, "")),
                body=question.content,
                headers={
                    **question.headers,
                    "Host": _host_header(target),
                    "User-Agent": self.user_agent,
                    "Accept-Encoding": "gzip, identity",
                    "Connection": "close",
                },
                preload_content=False,
                decode_content=False,
            )
            # With the last byte promised, the answer owns the connection, and is closed itself.
            with closing(connection.getresponse()) as response:
                return self._answer(response, target, deadline)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            if time.monotonic() >= deadline:
                raise _too_slow(self.most_seconds) from error
            raise Unreachable(_("That host gave no answer that we could read.")) from error
        finally:
            if watch is not None:
                watch.cancel()
            connection.close()

    def _answer(self, response, target: _Target, deadline: float) -> Fetched | str:
        if response.status in (301, 302, 303, 307, 308) and response.headers.get("Location"):
            return str(response.headers["Location"])
        if response.status not in _GOOD:
            reason = _("That host answered with a refusal (%(status)s).", status=response.status)
            raise Declined(reason, response.status)
        content = b"".join(self._read(response, deadline))
        media_type = str(response.headers.get("Content-Type") or "").split(";")[0].strip().lower()
        link = str(response.headers.get("Link") or "")
        return Fetched(urlunsplit(target.parts), content, media_type, link)

    def _read(self, response, deadline: float) -> Iterator[bytes]:
        size = packed = 0
        unpack = _unpacker(str(response.headers.get("Content-Encoding") or ""))
        while chunk := response.read1(_CHUNK, decode_content=False):
            packed += len(chunk)
            for part in unpack(chunk):
                size += len(part)
                if max(size, packed) > self.most_bytes:
                    raise _too_large(self.most_bytes)
                yield part
            if time.monotonic() >= deadline:
                raise _too_slow(self.most_seconds)
        if time.monotonic() >= deadline:
            raise _too_slow(self.most_seconds)


def host_of(parts: SplitResult) -> str:
    """Return the host of an address as the network knows it: small, ASCII, without a last dot.

    :raises Forbidden: there is none, or it is written in a way that hides what it is.
    """
    if parts.username is not None or parts.password is not None:
        raise Forbidden(_("The address holds a user name. Leave that out."))
    host = unicodedata.normalize("NFKC", parts.hostname or "").strip().rstrip(".").lower()
    if not host:
        raise Forbidden(_("The address names no host."))
    if _as_ip(host):
        return host
    try:
        host = host.encode("idna").decode()
    except UnicodeError:
        raise Forbidden(_("The address names no host.")) from None
    if not re.fullmatch(r"(?!-)[a-z0-9-]{1,63}(\.(?!-)[a-z0-9-]{1,63})+", host):
        raise Forbidden(_("The address names no host on the public internet."))
    # As browsers read it, a name that ends in a number is an address in disguise.
    if re.fullmatch(r"\d+|0x[0-9a-f]*", host.rsplit(".", 1)[-1]):
        raise Forbidden(_("Write the name of the host, not a number."))
    return host


def is_forbidden(ip: Address) -> bool:
    """Return whether an address is none of the public internet."""
    if isinstance(ip, IPv6Address) and (ip.ipv4_mapped or ip.sixtofour or ip.teredo):
        return True
    return (
        not ip.is_global
        or ip.is_multicast
        or ip.is_reserved
        or any(ip in each for each in _FORBIDDEN if each.version == ip.version)
    )


def _parts_of(address: str) -> SplitResult:
    text = address.strip()
    if len(text) > _LONGEST_ADDRESS or re.search(r"[\x00-\x20\x7f\\]", text):
        raise Forbidden(_("That is no address of the web."))
    try:
        parts = urlsplit(text)
        _port = parts.port
    except ValueError:
        raise Forbidden(_("That is no address of the web.")) from None
    if parts.scheme not in ("http", "https"):
        raise Forbidden(_("An address begins with https:// or http://."))
    path = re.sub(r"[^\x21-\x7e]", lambda found: _escaped(found[0]), parts.path)
    query = re.sub(r"[^\x21-\x7e]", lambda found: _escaped(found[0]), parts.query)
    return parts._replace(path=path, query=query, fragment="")


def _escaped(sign: str) -> str:
    return "".join(f"%{byte:02X}" for byte in sign.encode("utf-8", "replace"))


def _authorization(value: str) -> dict[str, str]:
    return {"Authorization": value} if value else {}


def _as_ip(host: str) -> Address | None:
    try:
        return ip_address(host.split("%")[0])
    except ValueError:
        return None


def _connection(target: _Target, seconds: float) -> HTTPConnection:
    if target.parts.scheme == "http":
        return HTTPConnection(target.ip, target.port, timeout=seconds)
    return HTTPSConnection(
        target.ip,
        target.port,
        timeout=seconds,
        cert_reqs="CERT_REQUIRED",
        # The certificate has to be that of the name, wherever the name was found to live.
        server_hostname=target.host,
        assert_hostname=target.host,
        ca_cert_dir=None,
    )


def _host_header(target: _Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    usual = 443 if target.parts.scheme == "https" else 80
    return host if target.port == usual else f"{host}:{target.port}"


def _unpacker(encoding: str) -> Callable[[bytes], Iterator[bytes]]:
    if encoding in ("", "identity"):
        return lambda chunk: iter([chunk])
    if encoding not in ("gzip", "x-gzip"):
        raise Unreachable(_("The answer is packed in a way that we did not ask for."))
    unpacked = zlib.decompressobj(31)

    def unpack(chunk: bytes) -> Iterator[bytes]:
        try:
            part = unpacked.decompress(chunk, _CHUNK)
            while part:
                yield part
                part = unpacked.decompress(unpacked.unconsumed_tail, _CHUNK)
        except zlib.error:
            raise Unreachable(_("The answer is damaged.")) from None

    return unpack


def _hang_up(sock: socket.socket | None) -> None:
    try:
        if sock is not None:
            sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def _too_large(most_bytes: int) -> Unreachable:
    megabytes = round(most_bytes / (1024 * 1024))
    return Unreachable(
        ngettext(
            "The answer is larger than %(num)s megabyte.",
            "The answer is larger than %(num)s megabytes.",
            max(megabytes, 1),
        )
    )


def _too_slow(seconds: float) -> Unreachable:
    return Unreachable(_("That host took longer than %(number)s seconds.", number=round(seconds)))
