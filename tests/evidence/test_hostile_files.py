"""Files that mean harm: none is kept as it came, none tells a place, each in little time and memory."""

import io
import tempfile
import time

import av
import pikepdf
import pytest
from PIL import Image

from evidence import cell
from evidence.models import Kind
from tests.evidence import hostile

MB = 1024 * 1024
FILES = {each.name: each for each in hostile.corpus()}
_TYPES = {
    Kind.PHOTO: ["image/webp", "image/webp"],
    Kind.FILE: ["application/pdf"],
    Kind.AUDIO: ["audio/mp4"],
    Kind.VIDEO: ["video/mp4", "image/webp"],
}


def remade(kind: Kind, content: bytes) -> tuple[cell.Outcome, list[bytes]]:
    """Make a file anew as the worker does, and return what would be kept."""
    with (
        tempfile.TemporaryFile() as came,
        tempfile.TemporaryFile() as full,
        tempfile.TemporaryFile() as thumb,
    ):
        came.write(content)
        came.seek(0)
        outcome = cell.remake(kind, came, full, thumb)
        kept = []
        for _made, file in zip(outcome.made, (full, thumb), strict=False):
            file.seek(0)
            kept.append(file.read())
    return outcome, kept


def test_there_are_sixty_and_more():
    assert len(FILES) >= 60


@pytest.mark.parametrize("name", FILES)
def test_of_a_hostile_file_nothing_is_kept_but_what_it_shows(name):
    given = FILES[name]
    content = given.make()

    began = time.monotonic()
    outcome, kept = remade(given.kind, content)
    took = time.monotonic() - began

    assert took < 5
    assert outcome.memory_bytes is None or outcome.memory_bytes < 300 * MB
    assert bool(kept) == given.may_be_kept, outcome.refused
    assert (outcome.refused is None) == given.may_be_kept
    for each in kept:
        assert each != content
        assert [told for told in hostile.TELLING if told.encode() in each] == []
        # And as documents and cards write words.
        assert hostile.MARKER.encode("utf-16-be") not in each
    if kept:
        assert [made.content_type for made in outcome.made] == _TYPES[given.kind]
        _look_inside(given.kind, kept)


def _look_inside(kind: Kind, kept: list[bytes]) -> None:
    {
        Kind.PHOTO: _picture_tells_nothing,
        Kind.FILE: _document_tells_nothing,
        Kind.AUDIO: _recording_tells_nothing,
        Kind.VIDEO: _recording_tells_nothing,
    }[kind](kept[0])
    for small in kept[1:]:
        _picture_tells_nothing(small)


def _picture_tells_nothing(content: bytes) -> None:
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        assert (len(picture.getexif()), picture.format) == (0, "WEBP")
        assert {"exif", "xmp", "icc_profile", "comment"}.isdisjoint(picture.info)
        assert getattr(picture, "n_frames", 1) == 1
        assert max(picture.size) <= 1600


def _document_tells_nothing(content: bytes) -> None:
    with pikepdf.Pdf.open(io.BytesIO(content)) as opened:
        assert set(opened.Root.keys()) <= {"/Type", "/Pages"}
        assert len(opened.docinfo.keys() if "/Info" in opened.trailer else []) == 0
        for each in opened.objects:
            # Also what is packed.
            if isinstance(each, pikepdf.Stream) and each.get("/Filter") == "/FlateDecode":
                assert [
                    told for told in hostile.TELLING if told.encode() in each.read_bytes()
                ] == []
        for page in opened.pages:
            assert set(page.obj.keys()) <= {
                *("/Type", "/Parent", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit"),
                *("/Resources", "/Contents"),
            }
            for image in page.get_images().values():
                photo = pikepdf.PdfImage(image).as_pil_image()
                assert (len(photo.getexif()), photo.size) == (0, (240, 180))


def _recording_tells_nothing(content: bytes) -> None:
    with av.open(io.BytesIO(content)) as opened:
        names = {"major_brand", "minor_version", "compatible_brands"}
        assert set(opened.metadata) <= names
        assert [
            len(stream.metadata)
            for stream in opened.streams
            if stream.metadata.keys() - {*("language", "handler_name", "vendor_id")}
        ] == []
        assert {stream.type for stream in opened.streams} <= {"video", "audio"}
        frames = sum(1 for _frame in opened.decode(opened.streams[0]))
    assert frames > 0
