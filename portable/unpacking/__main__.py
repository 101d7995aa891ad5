"""Take one zip apart, within limits that the kernel keeps, and tell of it as JSON.

`python -m unpacking SECONDS BYTES MEMBERS TOTAL OUT`: it comes on standard input; all that is in it
goes into the file that is open under OUT, one after another. What is said of it: for each its name,
where it begins there, and how long it is.
"""

import json
import os
import re
import resource
import signal
import stat
import sys
import zlib
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}(?:/[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}){0,2}")
_PART_BYTES = 256 * 1024
_ENCRYPTED = 0x1


class Refused(Exception):
    """A word for why it is not taken apart."""


def main() -> None:
    seconds, memory_bytes, most_members, most_bytes, out = map(int, sys.argv[1:])
    came, into = os.fdopen(0, "rb"), os.fdopen(out, "wb")
    # Loaded while files can be opened: names that say nothing else are read by this.
    "".encode("cp437")
    _confine(seconds, memory_bytes, most_bytes)
    try:
        answer = {"members": _taken_apart(came, into, most_members, most_bytes)}
        into.flush()
    except Refused as refused:
        answer = {"refused": str(refused)}
    except MemoryError:
        answer = {"refused": "too_large"}
    except (BadZipFile, NotImplementedError, EOFError, ValueError, OSError, zlib.error):
        answer = {"refused": "no_bundle"}
    print(json.dumps(answer), flush=True)
    os._exit(0)


def _taken_apart(came: BinaryIO, into: BinaryIO, most_members: int, most_bytes: int) -> list:
    length = came.seek(0, 2)
    with ZipFile(came) as file:
        members = file.infolist()
        _require_modest(members, length, most_members, most_bytes)
        told, at = [], 0
        for member in members:
            _require_plain(member)
            size = _copied(file, member, into)
            told.append([member.filename, at, size])
            at += size
    return told


def _require_modest(members: list[ZipInfo], length: int, most: int, most_bytes: int) -> None:
    if len(members) > most or sum(each.file_size for each in members) > most_bytes:
        raise Refused("too_large")
    # Two that share their bytes are how a small file becomes an endless one.
    starts = {each.header_offset for each in members}
    names = {each.filename.lower() for each in members}
    packed = sum(each.compress_size for each in members)
    if len(starts) < len(members) or len(names) < len(members) or packed > length:
        raise Refused("unsafe")


def _require_plain(member: ZipInfo) -> None:
    kind = stat.S_IFMT(member.external_attr >> 16)
    is_plain = (
        _NAME.fullmatch(member.filename)
        and member.filename == member.orig_filename
        and kind in (0, stat.S_IFREG)
        and not member.flag_bits & _ENCRYPTED
        and member.compress_type in (ZIP_STORED, ZIP_DEFLATED)
    )
    if not is_plain:
        raise Refused("unsafe")


def _copied(file: ZipFile, member: ZipInfo, into: BinaryIO) -> int:
    """Copy one out, and no more of it than it says it is."""
    left = member.file_size
    with file.open(member) as content:
        while part := content.read(_PART_BYTES):
            left -= len(part)
            if left < 0:
                raise Refused("unsafe")
            into.write(part)
    if left:
        raise Refused("no_bundle")
    return member.file_size


def _confine(seconds: int, memory_bytes: int, most_bytes: int) -> None:
    """Take away all that this does not need."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    # No file and no connection beyond those that are open.
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


if __name__ == "__main__":
    main()
