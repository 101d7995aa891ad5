"""Load over loopback: so many connections that stay open, for so many seconds, and what it cost."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from threading import Thread
from time import perf_counter

CONNECTIONS = 8
_GRACE_S = 30

#: wrk goes through the addresses in turn, and prints the delays that we ask for.
_SCRIPT = """
local paths = {}
for line in io.lines("%(paths)s") do paths[#paths + 1] = line end
local at = 0
local headers = {%(headers)s}
request = function()
  at = at %% #paths + 1
  return wrk.format("GET", paths[at], headers)
end
done = function(summary, latency)
  io.write(string.format("RESULT %%d %%d %%d %%f %%f %%f\\n", summary.requests, summary.duration,
    summary.errors.status + summary.errors.read + summary.errors.timeout + summary.errors.connect,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
"""


class NoLoad(RuntimeError):
    """Nothing came back that could be measured."""


@dataclass(frozen=True)
class Answered:
    """What some seconds of load brought."""

    requests: int
    seconds: float
    errors: int
    p50_ms: float
    p95_ms: float
    p99_ms: float

    @property
    def rps(self) -> float:
        return self.requests / self.seconds


def fire(
    port: int, paths: Sequence[str], *, seconds: float, headers: Mapping[str, str] | None = None
) -> Answered:
    """Ask for `paths` in turn for so long, with wrk where it is installed."""
    if shutil.which("wrk"):
        return _with_wrk(port, paths, seconds, headers or {})
    return _with_python(port, paths, seconds, headers or {})


def once(
    port: int, path: str, headers: Mapping[str, str] | None = None
) -> tuple[HTTPResponse, bytes]:
    """Return one answer and its body."""
    connection = HTTPConnection("127.0.0.1", port, timeout=_GRACE_S)
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def _with_wrk(
    port: int, paths: Sequence[str], seconds: float, headers: Mapping[str, str]
) -> Answered:
    with tempfile.TemporaryDirectory() as folder:
        listed, script = Path(folder, "paths"), Path(folder, "script.lua")
        listed.write_text("\n".join(paths) + "\n")
        written = ", ".join(f'["{name}"] = {_quoted(value)}' for name, value in headers.items())
        script.write_text(_SCRIPT % {"paths": listed, "headers": written})
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s"]
        command += ["--timeout", f"{_GRACE_S}s", "-s", str(script), f"http://127.0.0.1:{port}/"]
        printed = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds + 3 * _GRACE_S, check=False
        )
    found = re.search(r"^RESULT (.*)$", printed.stdout, re.MULTILINE)
    if not found:
        raise NoLoad(printed.stderr or printed.stdout)
    requests, duration_us, errors, *delays_us = map(float, found[1].split())
    p50, p95, p99 = (delay / 1000 for delay in delays_us)
    return Answered(int(requests), duration_us / 1e6, int(errors), p50, p95, p99)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _with_python(
    port: int, paths: Sequence[str], seconds: float, headers: Mapping[str, str]
) -> Answered:
    delays: list[float] = []
    errors: list[int] = []
    ends = perf_counter() + seconds

    def ask(first: int) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=_GRACE_S)
        at = first
        while perf_counter() < ends:
            began = perf_counter()
            connection.request("GET", paths[at % len(paths)], headers=dict(headers))
            answer = connection.getresponse()
            answer.read()
            delays.append((perf_counter() - began) * 1000)
            errors.extend([answer.status] if answer.status >= 400 else [])
            at += CONNECTIONS

    threads = [Thread(target=ask, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if not delays:
        raise NoLoad("no answer came")
    p50, p95, p99 = (quantile(delays, share) for share in (0.50, 0.95, 0.99))
    return Answered(len(delays), seconds, len(errors), p50, p95, p99)


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
