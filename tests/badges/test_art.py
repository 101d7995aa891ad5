"""Badge art: the same for ever, different for each badge, small, and harmless."""

import os
import subprocess
import sys
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
def test_five_hundred_slugs_give_five_hundred_small_readable_pictures_that_stay_the_same(strand):
    slugs = [f"badge-{number}" for number in range(500)]
    icons = icon_names()

    def draw():
        return [
            badge_svg(
                slug, strand, 1 + at % 4, icons[at % len(icons)], title=f"Badge {at}", uid="x"
            )
            for at, slug in enumerate(slugs)
        ]

    drawn = draw()
    patterns = {svg.split("</clipPath>")[1].split(">", 1)[1] for svg in drawn}

    assert drawn == draw()
    assert len({badge_svg(slug, strand, uid="x") for slug in slugs}) == 500
    assert len(patterns) == 500
    assert max(len(svg.encode()) for svg in drawn) <= LARGEST_BYTES
    assert min(contrast(*icon_and_ground(svg)) for svg in drawn) >= 3
    assert [name_of(svg) for svg in drawn] == [f"Badge {at}" for at in range(500)]


def test_a_badge_that_is_not_earned_yet_is_readable_too():
    assert contrast(*icon_and_ground(badge_svg("first-pot", "create", locked=True))) >= 3


def test_contrast_is_measured_as_the_guidelines_say():
    # W3C, WCAG 2.2: black on white is the most there is, and #767676 the least for small text.
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#767676", "#fff") == pytest.approx(4.54, abs=0.01)


def test_the_same_badge_is_drawn_in_another_process():
    """Nothing of it hangs on the order of a set or on a seed of this process."""
    code = "from badges.art import badge_svg; print(badge_svg('first-pot', 'create', 4, 'palette'))"
    done = [
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in "12"
    ]

    assert done == [f"{badge_svg('first-pot', 'create', 4, 'palette')}\n"] * 2


def icon_and_ground(svg):
    """Return the colour of the lines of the icon, and of the disc that they are drawn on."""
    parts = list(ElementTree.fromstring(svg))
    [at] = [at for at, part in enumerate(parts) if part.tag.endswith("}circle")]
    disc, icon = parts[at], parts[at + 1]
    assert len(icon) > 0
    return icon.get("stroke"), disc.get("fill")


def name_of(svg):
    root = ElementTree.fromstring(svg)
    return root.get("aria-label") if root.get("role") == "img" else None


def contrast(one, other):
    """Return how much two colours stand out from each other, as WCAG counts it."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour):
    digits = colour.removeprefix("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    shares = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


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
