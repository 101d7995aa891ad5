"""Baking: a badge goes into a picture and comes out the same; nothing else comes out."""

import json
import struct
import zlib

import pytest

from badges import openbadges
from badges.art import badge_svg
from badges.bake import Opened, bake_png, draw_png, open_upload
from badges.findings import Finding, UnsoundDocument
from badges.guards import read_json
from tests.badges import samples

BADGE = samples.signed()
JSON = openbadges.as_bytes(BADGE)
PNG = draw_png(badge_svg("first-pot", "create"), size=64)
BAKED = bake_png(PNG, JSON)


def read_upload(upload):
    return read_json(open_upload(upload).text)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_with(*chunks):
    """Return the picture with more chunks before its end."""
    return PNG[:-12] + b"".join(chunk(kind, data) for kind, data in chunks) + PNG[-12:]


def text_chunk(text, keyword=b"openbadgecredential", between=b"\0\0\0\0\0"):
    return b"iTXt", keyword + between + text


def svg_with(inside, before="", xmlns="https://purl.imsglobal.org/ob/v3p0"):
    return (
        f'{before}<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="{xmlns}">{inside}</svg>'
    ).encode()


def test_what_was_baked_comes_out_the_same():
    assert read_upload(BAKED) == BADGE
    assert BAKED.count(b"openbadgecredential\0\0\0\0\0") == 1
    assert JSON in BAKED  # not compressed


def test_baking_again_leaves_one_badge_inside():
    other = samples.signed(narrative="Another.")

    assert read_upload(bake_png(BAKED, openbadges.as_bytes(other))) == other


def test_a_record_goes_into_a_picture_under_its_own_name():
    record = samples.record()
    baked = bake_png(BAKED, openbadges.as_bytes(record), is_record=True)
    cdata = f"<openbadges:credential><![CDATA[{json.dumps(record)}]]></openbadges:credential>"

    assert read_upload(baked) == record
    assert (baked.count(b"clrcredential\0\0\0\0\0"), baked.count(b"openbadgecredential\0")) == (
        1,
        0,
    )
    assert read_upload(svg_with(cdata, xmlns="https://purl.imsglobal.org/clr/v2p0")) == record


def test_a_badge_beside_a_record_is_one_too_many():
    both = png_with(text_chunk(JSON), text_chunk(JSON, keyword=b"clrcredential"))

    with pytest.raises(UnsoundDocument) as refused:
        open_upload(both)
    assert refused.value.finding is Finding.SEVERAL_BADGES


def test_the_picture_is_drawn_at_the_size_asked_for():
    assert struct.unpack(">II", PNG[16:24]) == (64, 64)
    assert struct.unpack(">II", BAKED[16:24]) == (64, 64)


def test_a_badge_is_read_from_json_and_from_svg():
    cdata = f"<openbadges:credential><![CDATA[{JSON.decode()}]]></openbadges:credential>"

    assert read_upload(JSON) == BADGE
    assert read_upload(b"\xef\xbb\xbf  \n" + JSON + b"\n") == BADGE
    assert read_upload(svg_with(cdata)) == BADGE


TOKEN = b"eyJhbGciOiJSUzI1NiJ9.e30.x"
URL = b"https://issuer.example/assertions/1"


@pytest.mark.parametrize(
    ("upload", "opened"),
    [
        pytest.param(TOKEN + b"\n", Opened(TOKEN), id="jwt"),
        pytest.param(png_with(text_chunk(TOKEN)), Opened(TOKEN), id="jwt in png"),
        pytest.param(
            svg_with(f'<openbadges:credential verify="{TOKEN.decode()}"/>'),
            Opened(TOKEN),
            id="jwt in svg",
        ),
        pytest.param(
            png_with((b"tEXt", b"openbadges\0" + URL)), Opened(URL, is_older=True), id="version 1"
        ),
        pytest.param(
            png_with((b"iTXt", b"openbadges\0\0\0\0\0" + URL)),
            Opened(URL, is_older=True),
            id="version 2",
        ),
        pytest.param(
            svg_with(
                f'<openbadges:assertion verify="{URL.decode()}"/>', xmlns="http://openbadges.org"
            ),
            Opened(URL, is_older=True),
            id="version 2 in svg",
        ),
    ],
)
def test_other_kinds_of_badge_come_out_as_they_are(upload, opened):
    assert open_upload(upload) == opened


CREDENTIAL = "<openbadges:credential>{}</openbadges:credential>".format


@pytest.mark.parametrize(
    ("upload", "why"),
    [
        pytest.param(b"", Finding.NOT_A_BADGE_FILE, id="nothing"),
        pytest.param(b"GIF89a", Finding.NOT_A_BADGE_FILE, id="another picture"),
        pytest.param(b"{", Finding.NOT_JSON, id="half of it"),
        pytest.param(b"{" * 3_000_000, Finding.TOO_LARGE, id="very large"),
        pytest.param(PNG, Finding.NO_BADGE_INSIDE, id="a picture"),
        pytest.param(BAKED[:-20], Finding.DAMAGED_IMAGE, id="cut short"),
        pytest.param(BAKED.replace(b"My first", b"My third"), Finding.DAMAGED_IMAGE, id="altered"),
        pytest.param(PNG[:8] + b"\xff" * 8, Finding.DAMAGED_IMAGE, id="a chunk without end"),
        pytest.param(PNG[:8], Finding.DAMAGED_IMAGE, id="no chunk"),
        pytest.param(
            png_with(text_chunk(JSON), text_chunk(JSON)), Finding.SEVERAL_BADGES, id="two"
        ),
        pytest.param(
            png_with(text_chunk(JSON), (b"tEXt", b"openbadgecredential\0" + JSON)),
            Finding.SEVERAL_BADGES,
            id="two of a kind",
        ),
        pytest.param(
            png_with(text_chunk(zlib.compress(b"x" * 50_000_000), between=b"\0\x01\0\0\0")),
            Finding.COMPRESSED_BADGE,
            id="a bomb",
        ),
        pytest.param(
            png_with(text_chunk(b"", between=b"\0\0")), Finding.DAMAGED_IMAGE, id="no text"
        ),
        pytest.param(png_with(text_chunk(b"nonsense")), Finding.NOT_JSON, id="nonsense inside"),
        pytest.param(
            png_with(text_chunk(JSON), (b"iTXt", b"openbadges\0\0\0\0\0" + JSON)),
            Finding.SEVERAL_BADGES,
            id="one of each version",
        ),
        pytest.param(svg_with(""), Finding.NO_BADGE_INSIDE, id="a drawing"),
        pytest.param(svg_with("<not closed"), Finding.NOT_A_BADGE_FILE, id="not xml"),
        pytest.param(svg_with(CREDENTIAL("{}") * 2), Finding.SEVERAL_BADGES, id="two in svg"),
        pytest.param(svg_with(CREDENTIAL("x")), Finding.NOT_JSON, id="nonsense in svg"),
        pytest.param(
            svg_with("<script>alert(1)</script>" + CREDENTIAL("{}")),
            Finding.UNSAFE_IMAGE,
            id="a script",
        ),
        pytest.param(
            svg_with('<g onload="alert(1)"/>' + CREDENTIAL("{}")),
            Finding.UNSAFE_IMAGE,
            id="a handler",
        ),
        pytest.param(
            svg_with("<foreignObject/>" + CREDENTIAL("{}")),
            Finding.UNSAFE_IMAGE,
            id="a foreign part",
        ),
        pytest.param(
            svg_with('<a href=" JavaScript:alert(1)"/>' + CREDENTIAL("{}")),
            Finding.UNSAFE_IMAGE,
            id="a script for an address",
        ),
        pytest.param(
            svg_with("&a;", '<!DOCTYPE svg [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;">]>'),
            Finding.UNSAFE_IMAGE,
            id="a bomb in svg",
        ),
        pytest.param(
            svg_with("&a;", '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>'),
            Finding.UNSAFE_IMAGE,
            id="a thief in svg",
        ),
        pytest.param(
            svg_with("", '<!DOCTYPE svg SYSTEM "https://evil.example/x.dtd">'),
            Finding.UNSAFE_IMAGE,
            id="a dtd",
        ),
        pytest.param(
            b'<?xml version="1.0" encoding="no-such"?><svg/>',
            Finding.NOT_A_BADGE_FILE,
            id="encoding",
        ),
    ],
)
def test_what_is_not_one_badge_is_refused(upload, why):
    with pytest.raises(UnsoundDocument) as refused:
        read_upload(upload)

    assert refused.value.finding is why
