"""Pictures made anew: what one sees, upright, on white, and nothing else."""

from io import BytesIO
from typing import BinaryIO

from PIL import Image, ImageCms, ImageOps

from .findings import Made, Reason, RefusedFile
from .kinds import PICTURES, type_of

CONTENT_TYPE = "image/webp"
#: The longer side, at most.
FULL_SIDE, THUMB_SIDE = 1600, 320
_QUALITY = 78
#: What phones take. A JPEG is read at a fraction of its size; the others have to be read whole.
_MOST_PIXELS = 16_000_000
_MOST_PIXELS_JPEG = 110_000_000
_LONGEST_SIDE = 20_000
_ORIENTATION = 0x0112
#: What turns a picture upright, by how the camera says it was held.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Later, when no file can be opened any more, Pillow would still want to look for its decoders.
Image.init()


def remake(came: BinaryIO, full: BinaryIO, thumb: BinaryIO) -> tuple[Made, Made]:
    """Write a picture anew, large and small. Of one that moves, its first frame.

    :raises RefusedFile: it is no picture, too large, or broken.
    """
    formats = PICTURES.get(type_of(came))
    if formats is None:
        raise RefusedFile(Reason.OTHER_KIND)
    # We have a limit of our own, which knows how each format is read.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(came, formats=formats) as opened:
            _refuse_floods(opened)
            opened.draft("RGB", (FULL_SIDE, FULL_SIDE))
            seen = _only_what_is_seen(opened)
    except RefusedFile:
        raise
    except MemoryError:
        raise RefusedFile(Reason.TOO_MUCH) from None
    except Exception:
        # Whatever a decoder stumbles over, it was the file.
        raise RefusedFile(Reason.BROKEN) from None
    return write(seen, full, FULL_SIDE), write(seen, thumb, THUMB_SIDE)


def write(seen: Image.Image, into: BinaryIO, longest_side: int) -> Made:
    """Write a picture at most so large."""
    small = (
        ImageOps.contain(seen, (longest_side, longest_side))
        if _longer(seen) > longest_side
        else seen
    )
    content = BytesIO()
    small.save(content, "WEBP", quality=_QUALITY, method=4, exif=b"", xmp=b"", icc_profile=b"")
    into.write(content.getbuffer())
    return Made(CONTENT_TYPE, small.width, small.height)


def _refuse_floods(opened: Image.Image) -> None:
    most = _MOST_PIXELS_JPEG if opened.format in ("JPEG", "MPO") else _MOST_PIXELS
    if opened.width * opened.height > most or _longer(opened) > _LONGEST_SIDE:
        raise RefusedFile(Reason.TOO_LARGE)


def _only_what_is_seen(opened: Image.Image) -> Image.Image:
    """Return the pixels in a picture that knows nothing else."""
    turned = opened.getexif().get(_ORIENTATION)
    factor = _longer(opened) // FULL_SIDE
    # Smaller first, so that all that follows is about little.
    small = opened.reduce(factor) if factor > 1 else opened
    upright = small.transpose(_UPRIGHT[turned]) if turned in _UPRIGHT else small
    coloured = _in_common_colours(upright)
    seen = Image.new("RGB", coloured.size, "white")
    if coloured.mode == "RGBA":
        seen.paste(coloured, mask=coloured.getchannel("A"))
    else:
        seen.paste(coloured.convert("RGB"))
    return seen


def _in_common_colours(picture: Image.Image) -> Image.Image:
    profile = picture.info.get("icc_profile")
    if picture.mode in ("P", "PA", "LA") or "transparency" in picture.info:
        return picture.convert("RGBA")
    if not profile or picture.mode != "RGB":
        return picture
    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(picture, own, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError):
        return picture
    return converted or picture


def _longer(picture: Image.Image) -> int:
    return max(picture.size)
