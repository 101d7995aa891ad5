"""Make one file anew, within limits that the kernel keeps, and tell of it as JSON.

`python -m remaking KIND SECONDS BYTES FULL THUMB`: it comes on standard input, and goes to the two
files that are open under these numbers, as it is and as a small picture.
"""

import gc
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import BinaryIO, TextIO

from .findings import Made, Reason, RefusedFile

#: No rendition may be larger.
_LARGEST_BYTES = 120 * 1024 * 1024

#: Makes a file anew: from the first, into the second, and a small picture into the third.
Remake = Callable[[BinaryIO, BinaryIO, BinaryIO], tuple[Made, ...]]


def main() -> None:
    kind, *numbers = sys.argv[1:]
    seconds, memory_bytes, *written = map(int, numbers)
    remake = _loaded(kind)
    # Opened while files can be. The kernel's usual count would take in what started us.
    own = open("/proc/self/status")  # noqa: SIM115
    came, (full, thumb) = os.fdopen(0, "rb"), (os.fdopen(each, "w+b") for each in written)
    _confine(seconds, memory_bytes)
    try:
        made = remake(came, full, thumb)
        full.flush()
        thumb.flush()
        answer = {"made": [asdict(each) for each in made]}
    except RefusedFile as refused:
        answer = {"refused": refused.reason.value}
    except MemoryError:
        answer = {"refused": Reason.TOO_MUCH.value}
    except Exception:
        # Whatever a decoder stumbles over, it was the file.
        answer = {"refused": Reason.BROKEN.value}
    print(json.dumps(answer | {"memory_bytes": _most_held(own)}), flush=True)
    # What decoders would still tidy up dies with us.
    os._exit(0)


def _loaded(kind: str) -> Remake:
    """Return what makes a kind anew, with all that it needs loaded: later no file can be opened."""
    if kind == "photo":
        from . import pictures

        return pictures.remake
    if kind == "file":
        from . import documents

        return lambda came, full, _thumb: (documents.remake(came, full),)
    from . import media

    if kind == "audio":
        return lambda came, full, _thumb: (media.remake_audio(came, full),)
    return media.remake_video


def _most_held(own: TextIO) -> int:
    """Return how much memory this process held at its most, in bytes."""
    line = next(line for line in own if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def _confine(seconds: int, memory_bytes: int) -> None:
    """Take away all that this does not need."""
    gc.collect()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_BYTES, _LARGEST_BYTES))
    # No file and no connection beyond those that are open.
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


if __name__ == "__main__":
    main()
