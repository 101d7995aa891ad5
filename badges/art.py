"""Badge art: a small SVG drawn from a badge's slug, strand and level; the same for ever.

The strand gives colour and silhouette, so that colour is never the only cue. The level gives rims
and pips that can be counted. The slug gives the pattern. There are no words inside: the picture
is the same in every language.
"""

import math
import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from markupsafe import Markup, escape

#: Made at set-up from the pinned lucide package.
ICONS = Path(__file__).parent / "icons"
FALLBACK_ICON = "award"

INK = "#1B1838"
SUN = "#FFC83D"
WHITE = "#fff"
SILVER = "#C9C6D6"

_CENTRE = 60
_TOP_LEVEL = 4

Point = tuple[float, float]


@dataclass(frozen=True)
class Strand:
    """One of the four strands of learning, as it looks."""

    colour: str
    tint: str
    silhouette: str


STRANDS = {
    "create": Strand("#8E1654", "#F7D9E6", "petals"),
    "explore": Strand("#0A7682", "#CFEDEF", "hexagon"),
    "help": Strand("#B84F0A", "#FBE0CB", "shield"),
    "work": Strand("#3730A3", "#DEDDF6", "squircle"),
}
_LOCKED = ("#6B6880", "#ECEAF2")


def badge_svg(
    slug: str,
    strand: str,
    level: int = 1,
    icon: str = FALLBACK_ICON,
    title: str | None = None,
    size: int = 120,
    locked: bool = False,
    uid: str = "",
) -> Markup:
    """Draw a badge as an SVG element, safe to put into a page.

    :param strand: a key of `STRANDS`; another is drawn as `explore`.
    :param level: 1 to 4, Engage to Lead.
    :param icon: a name from `icon_names`; another is drawn as `award`.
    :param title: what a screen reader says. Without it the picture is decoration.
    :param locked: not earned yet: grey, dashed, without its pattern.
    :param uid: anything that differs where one page shows the same badge twice.
    """
    look = STRANDS.get(strand, STRANDS["explore"])
    level = min(max(level, 1), _TOP_LEVEL)
    colour, tint = _LOCKED if locked else (look.colour, look.tint)
    clip = "b" + sha256(f"{slug} {strand} {uid}".encode()).hexdigest()[:8]
    parts = [
        _rosette(slug, level, SILVER if locked else SUN, SILVER if locked else INK),
        _body(look.silhouette, colour, locked),
        f'<clipPath id="{clip}"><path d="{_outline(look.silhouette, 45)}"/></clipPath>',
        f'<g clip-path="url(#{clip})"><path d="M0 0H120V120H0Z" fill="{tint}"/>',
        "" if locked else _pattern(slug, colour),
        "</g>",
        _rim(look.silhouette, level, colour),
        _medallion(icon, colour),
        _pips(level, WHITE if locked else SUN),
    ]
    return Markup(f"{_opening_tag(size, title)}{''.join(parts)}</svg>")


@cache
def icon_names() -> tuple[str, ...]:
    """Return the names of the icons that a badge may carry, in order."""
    return tuple(sorted(path.stem for path in ICONS.glob("*.svg")))


def _opening_tag(size: int, title: str | None) -> str:
    label = f'role="img" aria-label="{escape(title)}"' if title else 'aria-hidden="true"'
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120" '
        f'width="{int(size)}" height="{int(size)}" {label}>'
    )


def _rosette(slug: str, level: int, petals: str, star: str) -> str:
    """The ornament behind the badge: petals from the third level on, a star behind at the fourth."""
    turn = sha256(slug.encode()).digest()[0] / 255 * math.tau
    drawn = ""
    if level >= 4:
        drawn += f'<path d="{_straight(_ring(20, 60, turn, 53))}" fill="{star}"/>'
    if level >= 3:
        outer, inner = (60, 52) if level == 3 else (56, 50)
        drawn += f'<path d="{_smooth(_ring(16, outer, turn, inner))}" fill="{petals}"/>'
    return drawn


def _body(silhouette: str, colour: str, locked: bool) -> str:
    fill, stroke, dashes = (WHITE, colour, ' stroke-dasharray="5 4"') if locked else (INK, INK, "")
    shape = _outline(silhouette, 50)
    return f'<path d="{shape}" fill="{fill}" stroke="{stroke}" stroke-width="2"{dashes}/>'


def _rim(silhouette: str, level: int, colour: str) -> str:
    if level < 2:
        return ""
    shape = _outline(silhouette, 41)
    return f'<path d="{shape}" fill="none" stroke="{colour}" stroke-width="2.5"/>'


def _medallion(icon: str, colour: str) -> str:
    return (
        f'<circle cx="60" cy="58" r="24" fill="{colour}"/>'
        '<g transform="translate(43.2 41.2) scale(1.4)" fill="none" stroke="#fff" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round">'
        f"{_icon_shapes(icon)}</g>"
    )


def _pips(level: int, fill: str) -> str:
    return "".join(
        f'<circle cx="{_short(_CENTRE + (i - (level - 1) / 2) * 10.5)}" cy="93" r="4" '
        f'fill="{fill}" stroke="{INK}" stroke-width="1.5"/>'
        for i in range(level)
    )


@cache
def _icon_shapes(name: str) -> str:
    """Return the drawing inside an icon's file. Read once; only names that are there are opened."""
    names = icon_names()
    if name not in names:
        name = FALLBACK_ICON
        if name not in names:
            return ""
    drawing = re.sub(
        r"<!--.*?-->|</?svg[^>]*>", "", (ICONS / f"{name}.svg").read_text(), flags=re.S
    )
    return re.sub(r"\s*/>", "/>", re.sub(r"\s+", " ", drawing).replace("> <", "><")).strip()


# The pattern: one of four, turned and shifted by the slug.


def _pattern(slug: str, colour: str) -> str:
    seed = sha256(slug.encode()).digest()
    draw = (_rays, _rings, _waves, _chevrons)[seed[1] % 4]
    turn = int.from_bytes(seed[5:7]) % 3600 / 10
    lines = draw(seed)
    return (
        f'<path d="{lines}" fill="none" stroke="{colour}" stroke-width="2.5" opacity=".55" '
        f'transform="rotate({_short(turn)} 60 60)"/>'
    )


def _rays(seed: bytes) -> str:
    count = 10 + seed[2] % 5 * 2
    hub = (_CENTRE + _shift(seed[3], 6), _CENTRE + _shift(seed[4], 6))
    angles = [math.tau * i / count for i in range(count)]
    return "".join(
        _straight([_polar(hub, 21, angle), _polar(hub, 74, angle)], close=False) for angle in angles
    )


def _rings(seed: bytes) -> str:
    x, y = _CENTRE + _shift(seed[3], 20), _CENTRE + _shift(seed[4], 20)
    return "".join(
        f"M{_short(x - r)} {_short(y)}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 -{2 * r} 0"
        for r in range(12, 80, 9)
    )


def _waves(seed: bytes) -> str:
    left = -15 + _shift(seed[3], 14)
    return "".join(
        f"M{_short(left)} {_short(y)}q15 -9 30 0t30 0t30 0t30 0t30 0" for y in _rows(seed, apart=12)
    )


def _chevrons(seed: bytes) -> str:
    left = -15 + _shift(seed[3], 14)
    return "".join(
        f"M{_short(left)} {_short(y)}l30 14l30 -14l30 14l30 -14l30 14"
        for y in _rows(seed, apart=13)
    )


def _rows(seed: bytes, *, apart: int) -> list[float]:
    first = -8 + seed[4] / 255 * apart
    return [first + apart * i for i in range(11)]


def _shift(byte: int, most: float) -> float:
    """Turn a byte of the seed into a shift between `-most` and `most`."""
    return (byte / 127.5 - 1) * most


# Outlines, as SVG path data. `r` is how far they reach from the centre.


def _outline(silhouette: str, r: float) -> str:
    draw = {"hexagon": _hexagon, "petals": _petals, "shield": _shield, "squircle": _squircle}
    return draw[silhouette](r)


def _hexagon(r: float) -> str:
    return _straight(_ring(6, r, math.pi / 6))


def _petals(r: float) -> str:
    return _smooth(_ring(8, r * 1.14, math.pi / 8, r * 0.86))


def _shield(r: float) -> str:
    scale = r / 50
    left, right = _CENTRE - 44 * scale, _CENTRE + 44 * scale
    top, waist = _CENTRE - 46 * scale, _CENTRE + 6 * scale
    hip, tip = _CENTRE + 36 * scale, _CENTRE + 54 * scale
    return (
        f"M{_short(left)} {_short(top)}H{_short(right)}V{_short(waist)}"
        f"Q{_short(right)} {_short(hip)} 60 {_short(tip)}"
        f"Q{_short(left)} {_short(hip)} {_short(left)} {_short(waist)}Z"
    )


def _squircle(r: float) -> str:
    half = r * 0.9
    corner = half * 0.42
    low, high = _short(_CENTRE - half), _short(_CENTRE + half)
    near, far = _short(_CENTRE - half + corner), _short(_CENTRE + half - corner)
    return (
        f"M{near} {low}H{far}Q{high} {low} {high} {near}V{far}Q{high} {high} {far} {high}"
        f"H{near}Q{low} {high} {low} {far}V{near}Q{low} {low} {near} {low}Z"
    )


def _ring(count: int, r: float, turn: float = 0, inner: float | None = None) -> list[Point]:
    """Return points around the centre; with `inner`, every other one lies on a smaller circle."""
    radii = [r] if inner is None else [r, inner]
    total = count * len(radii)
    centre = (_CENTRE, _CENTRE)
    return [
        _polar(centre, radii[i % len(radii)], turn + math.tau * i / total) for i in range(total)
    ]


def _polar(centre: Point, r: float, angle: float) -> Point:
    return centre[0] + r * math.cos(angle), centre[1] + r * math.sin(angle)


def _straight(points: list[Point], *, close: bool = True) -> str:
    return "M" + "L".join(f"{_short(x)} {_short(y)}" for x, y in points) + ("Z" if close else "")


def _smooth(points: list[Point]) -> str:
    """Join the middles of the sides by curves, each drawn towards the corner between them."""
    following = [*points[1:], points[0]]
    middles = [((x + u) / 2, (y + v) / 2) for (x, y), (u, v) in zip(points, following, strict=True)]
    start = f"M{_short(middles[-1][0])} {_short(middles[-1][1])}"
    curves = (
        f"Q{_short(x)} {_short(y)} {_short(u)} {_short(v)}"
        for (x, y), (u, v) in zip(points, middles, strict=True)
    )
    return start + "".join(curves) + "Z"


def _short(number: float) -> str:
    """Write a coordinate with one decimal at most."""
    text = f"{number:.1f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
