"""What is made anew still shows what it showed: upright, whole, and small."""

import io

import av
import numpy as np
import pikepdf
import pytest
from PIL import Image

from evidence import cell
from evidence.models import Kind
from evidence.remaking.findings import Reason
from tests.evidence import hostile
from tests.evidence.test_hostile_files import MB, remade


def half_and_half(size=(400, 200)) -> Image.Image:
    """Return a picture that is red on the left and blue on the right."""
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    return picture


def colours(content: bytes) -> tuple[tuple[int, int], str, str]:
    """Return how large a picture is, and what it shows first and last."""
    with Image.open(io.BytesIO(content)) as picture:
        corners = [
            picture.convert("RGB").getpixel(at)
            for at in ((5, 5), tuple(n - 6 for n in picture.size))
        ]
        return picture.size, *("red" if red > blue else "blue" for red, _green, blue in corners)


@pytest.mark.parametrize(
    ("orientation", "seen"),
    [
        (1, ((400, 200), "red", "blue")),
        (3, ((400, 200), "blue", "red")),
        (6, ((200, 400), "red", "blue")),
        (8, ((200, 400), "blue", "red")),
    ],
)
def test_a_photo_stands_as_it_was_taken(orientation, seen):
    content = io.BytesIO()
    half_and_half().save(content, "JPEG", exif=hostile.told_by_camera(orientation))

    _outcome, (full, _thumb) = remade(Kind.PHOTO, content.getvalue())

    assert colours(full) == seen


def test_a_large_photo_becomes_small_and_keeps_its_shape():
    content = io.BytesIO()
    Image.new("RGB", (8000, 6000), "red").save(content, "JPEG")

    outcome, kept = remade(Kind.PHOTO, content.getvalue())

    assert [colours(each)[0] for each in kept] == [(1600, 1200), (320, 240)]
    assert (outcome.made[0].width, outcome.made[0].height) == (1600, 1200)


def _filmed(rotation: int, size=(320, 160)) -> bytes:
    """Return a film of a phone that was held so: its frames lie, and beside them stands the turn."""
    content = io.BytesIO()
    with av.open(content, "w", format="mp4") as made:
        stream = made.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        frame = av.VideoFrame.from_image(half_and_half(size))
        for number in range(20):
            frame.pts = number
            made.mux(stream.encode(frame))
        made.mux(stream.encode())
    film = bytearray(content.getvalue())
    # The matrix of the track's header: the turn, as phones write it.
    at = film.index(b"tkhd") + 4 + 40
    one, minus = (1 << 16).to_bytes(4, "big"), (-(1 << 16)).to_bytes(4, "big", signed=True)
    zero = bytes(4)
    a, b, c, d = {
        0: (one, zero, zero, one),
        90: (zero, one, minus, zero),
        180: (minus, zero, zero, minus),
        270: (zero, minus, one, zero),
    }[rotation]
    film[at : at + 8] = a + b
    film[at + 12 : at + 20] = c + d
    return bytes(film)


@pytest.mark.parametrize(
    ("rotation", "seen"),
    [
        (0, ((320, 160), "red", "blue")),
        (90, ((160, 320), "red", "blue")),
        (180, ((320, 160), "blue", "red")),
        (270, ((160, 320), "blue", "red")),
    ],
)
def test_a_film_stands_as_the_phone_was_held(rotation, seen):
    outcome, (full, thumb) = remade(Kind.VIDEO, _filmed(rotation))

    made = outcome.made[0]
    assert ((made.width, made.height), made.seconds) == (seen[0], 2)
    assert colours(thumb)[1:] == seen[1:]
    with av.open(io.BytesIO(full)) as opened:
        frame = next(opened.decode(video=0))
        assert (frame.width, frame.height, frame.rotation) == (*seen[0], 0)


def test_a_film_keeps_its_sound_and_a_fast_one_is_slowed_to_thirty_frames():
    content = io.BytesIO()
    with av.open(content, "w", format="mp4") as made:
        film, tone = made.add_stream("libx264", rate=120), made.add_stream("aac", rate=48_000)
        film.width, film.height, film.pix_fmt = 160, 120, "yuv420p"
        for number in range(240):
            frame = av.VideoFrame.from_image(Image.new("RGB", (160, 120), (number, 0, 0)))
            frame.pts = number
            made.mux(film.encode(frame))
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 96_000 * 2), "int16"), "s16", "stereo")
        sound.rate = 48_000
        for part in av.AudioResampler("fltp", tone.layout, 48_000, 1024).resample(sound):
            made.mux(tone.encode(part))
        made.mux(film.encode())
        made.mux(tone.encode())

    _outcome, (full, _thumb) = remade(Kind.VIDEO, content.getvalue())

    with av.open(io.BytesIO(full)) as opened:
        assert [stream.codec_context.name for stream in opened.streams] == ["h264", "aac"]
        assert opened.duration / 1e6 == pytest.approx(2, abs=0.1)
        assert sum(1 for _ in opened.decode(video=0)) == pytest.approx(60, abs=2)


def test_the_largest_film_that_a_phone_takes_needs_less_than_is_let():
    content = hostile.recorded(
        Kind.VIDEO,
        format="mp4",
        codec="libx264",
        size=(3840, 2160),
        seconds=0.3,
        preset="ultrafast",
    )

    outcome, kept = remade(Kind.VIDEO, content)

    assert (outcome.refused, outcome.made[0].width, outcome.made[0].height) == (None, 1280, 720)
    assert outcome.memory_bytes < 300 * MB
    assert len(kept) == 2


def test_a_film_without_sound_is_no_recording():
    silent = hostile.recorded(Kind.VIDEO, format="mp4", codec="libx264")

    outcome, _kept = remade(Kind.AUDIO, silent)

    assert outcome.refused is Reason.OTHER_KIND


def test_a_document_still_says_what_it_said():
    _outcome, (full,) = remade(Kind.FILE, hostile.pdf(hostile._with_scripts))

    with pikepdf.Pdf.open(io.BytesIO(full)) as opened:
        assert b"(Hello) Tj" in opened.pages[0].Contents.read_bytes()
        assert opened.pages[0].Resources.Font.F1.BaseFont == "/Helvetica"


def test_plain_text_is_kept_as_plain_text():
    typed = "\ufeffI made a bowl.\r\nIt leaks. \u202eA little\x07."

    outcome, (full,) = remade(Kind.FILE, typed.encode())

    assert outcome.made[0].content_type == "text/plain; charset=utf-8"
    assert full.decode() == "I made a bowl.\nIt leaks. A little.\n"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("photo-png-flood", Reason.TOO_LARGE),
        ("photo-cut-jpeg", Reason.BROKEN),
        ("photo-pdf-as-photo", Reason.OTHER_KIND),
        ("file-locked", Reason.LOCKED),
        ("file-office", Reason.UNKNOWN),
        ("video-too-long", Reason.TOO_LONG),
        ("video-avi", Reason.OTHER_KIND),
    ],
)
def test_a_refusal_says_why(name, reason):
    given = next(each for each in hostile.corpus() if each.name == name)

    outcome, kept = remade(given.kind, given.make())

    assert (outcome.refused, kept) == (reason, [])


def test_a_process_that_takes_too_long_is_stopped(monkeypatch):
    monkeypatch.setitem(cell.MOST_SECONDS, Kind.VIDEO, 1)
    content = hostile.recorded(Kind.VIDEO, format="mp4", codec="mpeg4", seconds=60, size=(640, 480))

    outcome, kept = remade(Kind.VIDEO, content)

    assert (outcome.refused, outcome.memory_bytes, kept) == (Reason.TOO_MUCH, None, [])
