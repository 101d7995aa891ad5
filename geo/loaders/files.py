"""Opening an official file: plain or gzipped, checked to its last byte, refused in a sentence."""

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NoReturn, cast

from app.errors import Refusal

#: Called with what is being done and how much of it is done, from 0 to 1; `None` when unknown.
Progress = Callable[[str, float | None], None]

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"


class WrongFile(Refusal):
    """A file is not what it should be. The tables are as they were."""


class Source:
    """An official file, open for reading; says how much of it has been read."""

    def __init__(self, path: Path, packed: IO[bytes]):
        self.path = path
        self.name = path.name
        self._packed = packed
        self._size = max(path.stat().st_size, 1)
        self.content = _unpacking(packed) if is_gzip(path) else packed

    def text(self) -> io.TextIOWrapper:
        """Return the content as text; it lives as long as the source, which closes it."""
        self._text = io.TextIOWrapper(self.content, encoding="utf-8-sig", newline="")
        return self._text

    @property
    def share_read(self) -> float:
        return min(self._packed.tell() / self._size, 1.0)

    def refuse(self, reason: str) -> NoReturn:
        """Refuse the file.

        :raises WrongFile: always.
        """
        raise WrongFile(f"{self.name}: {reason}")

    def refuse_cell(self, where: str, column: str, value: object, expected: str) -> NoReturn:
        """Refuse the file for one value, such as the `lat` of `line 7`.

        :raises WrongFile: always.
        """
        self.refuse(f"{where}, column {column}: found {value!r}, expected {expected}.")


@contextmanager
def opened(path: Path | str) -> Iterator[Source]:
    """Open an official file, and say in a sentence what is wrong with it if reading fails.

    :raises WrongFile: it is empty, cut short, damaged, an archive, or not in UTF-8.
    """
    path = Path(path)
    with path.open("rb") as packed:
        source = Source(path, packed)
        first = _first_bytes(path)
        if not first:
            source.refuse("the file is empty.")
        if first.startswith(_ZIP):
            source.refuse("this is a zip archive. Unpack it and give the file inside.")
        with _said_in_a_sentence(source):
            yield source


def _unpacking(packed: IO[bytes]) -> IO[bytes]:
    return cast(IO[bytes], gzip.GzipFile(fileobj=packed))


def is_gzip(path: Path) -> bool:
    return _first_bytes(path).startswith(_GZIP)


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


@contextmanager
def _said_in_a_sentence(source: Source) -> Iterator[None]:
    try:
        yield
    except EOFError:
        source.refuse("the file is cut short: its compressed content has no end. Fetch it again.")
    except (gzip.BadGzipFile, zlib.error):
        source.refuse(
            "the file is damaged: its compressed content fails its check. Fetch it again."
        )
    except UnicodeDecodeError as error:
        source.refuse(f"the text is not UTF-8 (near byte {error.start}: {error.reason}).")
    except csv.Error as error:
        source.refuse(f"the file cannot be read as CSV: {error}.")
