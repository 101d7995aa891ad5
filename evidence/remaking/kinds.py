"""What a file is, told by its first bytes: its name and what a browser says of it count for nothing."""

import encodings.hex_codec  # noqa: F401 - filetype wants it, when no file can be opened any more
from typing import BinaryIO

import filetype

from .findings import Reason, RefusedFile

#: So much of a file says what it is.
_HEAD_BYTES = 8192

#: Pictures, by the name that Pillow has for them.
PICTURES = {
    "image/jpeg": ("JPEG", "MPO"),
    "image/png": ("PNG",),
    "image/webp": ("WEBP",),
    "image/gif": ("GIF",),
}
#: Sound and film, by the one reader of FFmpeg's that is let at them. To let it find out by itself
#: would let in lists of other files and addresses.
MEDIA = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/x-m4v": "mov",
    "video/3gpp": "mov",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
    "audio/mp4": "mov",
    "audio/mpeg": "mp3",
    "audio/aac": "aac",
    "audio/ogg": "ogg",
    "audio/x-wav": "wav",
    "audio/x-flac": "flac",
    "audio/amr": "amr",
}
PDF = "application/pdf"
TEXT = "text/plain"


def type_of(came: BinaryIO) -> str:
    """Return the media type of what came. Leaves it at its beginning.

    :raises RefusedFile: it is nothing that we know by its bytes, and no plain text.
    """
    head = came.read(_HEAD_BYTES)
    came.seek(0)
    known = filetype.guess(head)
    if known is not None:
        return known.mime
    # Phones write films whose first box names a brand that filetype has not heard of.
    if head[4:8] == b"ftyp":
        return "video/mp4"
    # A PDF may have some bytes before it begins; then it is not only a PDF, and we want no such.
    if head and b"\0" not in head:
        return TEXT
    raise RefusedFile(Reason.UNKNOWN)
