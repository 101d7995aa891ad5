"""A process of its own takes each file apart that a learner brings: so much time, so much memory, no more.

It gets the file and an empty one, already open, and no secret, no database and no way out.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from portable.models import WhyRefused

_MB = 1024 * 1024
#: The largest file that is taken, and the most that may be in it: all that one learner can have here.
LARGEST_BYTES, MOST_BYTES = 550 * _MB, 600 * _MB
MOST_MEMBERS = 5_000
_MOST_MEMORY_BYTES, _MOST_SECONDS = 200 * _MB, 120
#: What loading Python may take, on a machine that is busy.
_TO_LOAD_S = 30
_ROOM = Path(__file__).parent


class NotTaken(Exception):
    """A file of which nothing is kept, and why."""

    def __init__(self, why: WhyRefused) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Unpacked:
    """What was in a file: each by its name, lying one after another in one open file."""

    content: BinaryIO
    members: Mapping[str, tuple[int, int]]

    def read(self, name: str, *, most: int) -> bytes:
        """Return one of them.

        :raises NotTaken: it is not there, or larger than it can be.
        """
        start, length = self.members.get(name, (0, most + 1))
        if length > most:
            raise NotTaken(WhyRefused.NO_BUNDLE)
        self.content.seek(start)
        return self.content.read(length)

    def parts(self, name: str) -> Iterator[bytes]:
        """Yield one of them a part at a time."""
        start, left = self.members[name]
        self.content.seek(start)
        while left > 0 and (part := self.content.read(min(left, _MB))):
            left -= len(part)
            yield part


@contextmanager
def unpacked(came: BinaryIO) -> Iterator[Unpacked]:
    """Yield what is in a zip; what it was taken apart into is gone afterwards.

    :raises NotTaken: it is none, is too large, or made to do harm.
    """
    with TemporaryFile() as content:
        members = _taken_apart(came, content)
        yield Unpacked(content, members)


def _taken_apart(came: BinaryIO, content: BinaryIO) -> Mapping[str, tuple[int, int]]:
    numbers = (_MOST_SECONDS, _MOST_MEMORY_BYTES, MOST_MEMBERS, MOST_BYTES, content.fileno())
    try:
        done = subprocess.run(
            [sys.executable, "-m", "unpacking", *map(str, numbers)],
            stdin=came,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # From within the room: so nothing else of the site is loaded.
            cwd=_ROOM,
            env={"PATH": os.environ.get("PATH", ""), "PYTHONDONTWRITEBYTECODE": "1"},
            pass_fds=(content.fileno(),),
            timeout=_MOST_SECONDS + _TO_LOAD_S,
            check=False,
        )
        said = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        # It says nothing when the kernel stopped it.
        raise NotTaken(WhyRefused.TOO_LARGE) from None
    if "refused" in said:
        raise NotTaken(WhyRefused(said["refused"]))
    return {name: (start, length) for name, start, length in said["members"]}
