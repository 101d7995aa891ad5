"""A process of its own for each file that a learner brings: so much time, so much memory, no more.

It gets the file and two empty ones, already open, and no secret, no database and no way out.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from evidence.models import Kind
from evidence.remaking.findings import Made, Reason

_MB = 1024 * 1024
#: What addresses one process may have; what it holds of them at a time stays below 300 MB.
MOST_MEMORY_BYTES = 420 * _MB
#: How long making one file anew may take. Three minutes of film take one to two on a slow machine.
MOST_SECONDS: Mapping[Kind, int] = {
    Kind.PHOTO: 20,
    Kind.FILE: 20,
    Kind.AUDIO: 120,
    Kind.VIDEO: 600,
}
_ROOM = Path(__file__).parent
#: What loading the decoders may take, on a machine that is busy.
_TO_LOAD_S = 30


@dataclass(frozen=True)
class Outcome:
    """What became of a file: what was made, or why it is refused."""

    made: tuple[Made, ...] = ()
    refused: Reason | None = None
    #: The most that the process held at a time; `None` where it was stopped at a limit.
    memory_bytes: int | None = None


def remake(kind: Kind, came: BinaryIO, full: BinaryIO, thumb: BinaryIO) -> Outcome:
    """Make a file anew, large into `full` and small into `thumb`. Never raises for what is in it."""
    seconds, files = MOST_SECONDS[kind], (full.fileno(), thumb.fileno())
    command = [sys.executable, "-m", "remaking", kind, seconds, MOST_MEMORY_BYTES, *files]
    try:
        done = subprocess.run(
            [str(each) for each in command],
            stdin=came,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # From within the room: so nothing else of the site is loaded.
            cwd=_ROOM,
            # Of our settings it needs none, and above all no secret.
            env={"PATH": os.environ.get("PATH", ""), "PYTHONDONTWRITEBYTECODE": "1"},
            pass_fds=files,
            timeout=seconds + _TO_LOAD_S,
            check=False,
        )
        return _read(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        # It says nothing when the kernel stopped it.
        return Outcome(refused=Reason.TOO_MUCH)


def _read(said: bytes) -> Outcome:
    told = json.loads(said)
    return Outcome(
        made=tuple(Made(**each) for each in told.get("made", ())),
        refused=Reason(told["refused"]) if "refused" in told else None,
        memory_bytes=told["memory_bytes"],
    )
