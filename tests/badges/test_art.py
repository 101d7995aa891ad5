"""Badge art: the same for ever, different for each badge, small, and harmless."""

from xml.etree import ElementTree

import pytest

from badges import art
from badges.art import STRANDS, badge_svg, icon_names
from badges.bake import draw_png

LARGEST_BYTES = 2_500
HOSTILE = """"><script>alert(1)</script><img src=x onerror='alert(1)'>&"""


def test_a_badge_is_always_drawn_the_same():
    assert badge_svg("first-pot", "create", 2, "palette") == badge_svg(
        "first-pot", "create", 2, "palette"
    )


@pytest.mark.parametrize("strand", STRANDS)
def test_five_hundred_slugs_give_five_hundred_pictures(strand):
    drawn = {badge_svg(f"badge-{number}", strand, uid="x") for number in range(500)}
    patterns = {svg.split("</clipPath>")[1].split(">", 1)[1] for svg in drawn}

    assert len(patterns) == 500


@pytest.mark.parametrize("strand", STRANDS)
def test_no_badge_is_large(strand):
    sizes = [
        len(badge_svg(f"badge-{number}", strand, level, icon).encode())
        for icon in icon_names()
        for level in (1, 4)
        for number in range(8)
    ]

    assert max(sizes) <= LARGEST_BYTES


@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.parametrize("level", [1, 2, 3, 4])
@pytest.mark.parametrize("strand", STRANDS)
def test_every_badge_is_one_well_formed_picture(strand, level, locked):
    svg = badge_svg("first-pot", strand, level, locked=locked)
    root = ElementTree.fromstring(svg)

    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("aria-hidden") == "true"
    assert "style" not in svg
    pips = [g for g in root.iter("{http://www.w3.org/2000/svg}g") if g.get("stroke-width") == "1.5"]
    assert len(pips[0]) == level
    assert draw_png(svg, size=32).startswith(b"\x89PNG")


def test_strands_differ_in_outline_and_not_only_in_colour():
    outlines = {art._outline(strand.silhouette, 50) for strand in STRANDS.values()}

    assert len(outlines) == 4


def test_the_title_is_said_and_cannot_break_out():
    root = ElementTree.fromstring(badge_svg("first-pot", "create", title=HOSTILE))

    assert (root.get("role"), root.get("aria-label")) == ("img", HOSTILE)
    assert [element.tag for element in root.iter() if "script" in element.tag] == []


def test_a_hostile_slug_or_uid_does_not_appear():
    assert "<script" not in badge_svg(HOSTILE, "create", uid=HOSTILE)


def test_the_same_badge_twice_on_a_page_shares_no_id():
    first, second = (badge_svg("first-pot", "create", uid=str(number)) for number in (1, 2))

    def id_of(svg):
        [element] = ElementTree.fromstring(svg).findall(".//*[@id]")
        return element.get("id")

    assert id_of(first) != id_of(second)
    assert f"url(#{id_of(first)})" in first


@pytest.mark.parametrize("icon", ["no-such-icon", "../../pyproject", "", "award.svg"])
def test_an_icon_that_is_not_there_is_drawn_as_the_award(icon):
    assert badge_svg("first-pot", "create", icon=icon) == badge_svg("first-pot", "create")


def test_without_any_icon_the_badge_is_still_drawn(monkeypatch, tmp_path):
    monkeypatch.setattr(art, "ICONS", tmp_path)
    icon_names.cache_clear()
    art._icon_shapes.cache_clear()
    try:
        assert ElementTree.fromstring(badge_svg("first-pot", "create")) is not None
    finally:
        icon_names.cache_clear()
        art._icon_shapes.cache_clear()


@pytest.mark.parametrize(("given", "same_as"), [(0, 1), (-3, 1), (9, 4)])
def test_a_level_outside_one_to_four_is_drawn_as_the_nearest(given, same_as):
    assert badge_svg("first-pot", "create", given) == badge_svg("first-pot", "create", same_as)


def test_a_strand_nobody_knows_is_drawn_all_the_same():
    assert badge_svg("first-pot", "sleep") == badge_svg("first-pot", "explore")
