"""CPU time of processes, from /proc: what a request costs, however busy the machine is."""

import os
from collections.abc import Iterable
from pathlib import Path

import psycopg

_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def family(pid: int) -> set[int]:
    """Return a process and all that it started."""
    parents = {int(each.name): _parent(each) for each in Path("/proc").glob("[0-9]*")}
    found, fresh = set(), {pid}
    while fresh:
        found |= fresh
        fresh = {child for child, parent in parents.items() if parent in fresh} - found
    return found


def backends(connection: psycopg.Connection, name: str) -> set[int]:
    """Return the database processes that serve connections of this application name."""
    rows = connection.execute(
        "SELECT pid FROM pg_stat_activity WHERE application_name = %s", [name]
    )
    return {pid for (pid,) in rows}


class Meter:
    """How much CPU some processes have used since it was made; one that is new counts in full."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._before = {pid: spent_ms(pid) for pid in pids}

    def used_ms(self, pids: Iterable[int]) -> float:
        return sum(spent_ms(pid) - self._before.get(pid, 0.0) for pid in pids)


def spent_ms(pid: int) -> float:
    """Return what a process has used, in user and system mode; nothing when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    # The fields after the name: user time is the twelfth, system time the one after.
    return (int(fields[11]) + int(fields[12])) * _TICK_MS


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
