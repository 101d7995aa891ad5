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
from itertools import pairwise
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
    clip = "b" + sha256(f"{slug} {look.silhouette} {uid}".encode()).hexdigest()[:6]
    parts = [
        _rosette(slug, level, SILVER if locked else SUN, SILVER if locked else INK),
        _body(look.silhouette, colour, locked),
        f'<clipPath id="{clip}"><path d="{_outline(look.silhouette, 45)}"/></clipPath>',
        f'<g clip-path="url(#{clip})" fill="none" stroke="{colour}" stroke-width="2.5">',
        f'<path d="M0 0h120v120H0z" fill="{tint}"/>',
        "" if locked else _pattern(slug),
        f'<path d="{_outline(look.silhouette, 41)}"/>' if level > 1 else "",
        "</g>",
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
        drawn += f'<path d="{_star(turn)}" fill="{star}"/>'
    if level >= 3:
        outer, inner = (60, 52) if level == 3 else (56, 50)
        drawn += f'<path d="{_smooth(_ring(16, outer, turn, inner))}" fill="{petals}"/>'
    return drawn


def _star(turn: float) -> str:
    """Twenty points: five squares, each a little further round."""
    return "".join(_straight(_ring(4, 60, turn + math.tau * i / 20)) for i in range(5))


def _body(silhouette: str, colour: str, locked: bool) -> str:
    fill, stroke, dashes = (WHITE, colour, ' stroke-dasharray="5 4"') if locked else (INK, INK, "")
    shape = _outline(silhouette, 50)
    return f'<path d="{shape}" fill="{fill}" stroke="{stroke}" stroke-width="2"{dashes}/>'


def _medallion(icon: str, colour: str) -> str:
    return (
        f'<circle cx="60" cy="58" r="24" fill="{colour}"/>'
        '<g transform="translate(43.2 41.2) scale(1.4)" fill="none" stroke="#fff" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round">'
        f"{_icon_shapes(icon)}</g>"
    )


def _pips(level: int, fill: str) -> str:
    first = _CENTRE - (level - 1) / 2 * 10.5
    dots = "".join(f'<circle cx="{_short(first + i * 10.5)}" cy="93" r="4"/>' for i in range(level))
    return f'<g fill="{fill}" stroke="{INK}" stroke-width="1.5">{dots}</g>'


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


def _pattern(slug: str) -> str:
    seed = sha256(slug.encode()).digest()
    draw = (_rays, _rings, _waves, _chevrons)[seed[1] % 4]
    turn = int.from_bytes(seed[5:7]) % 3600 / 10
    return f'<path d="{draw(seed)}" stroke-opacity=".55" transform="rotate({_short(turn)} 60 60)"/>'


def _rays(seed: bytes) -> str:
    count = 10 + seed[2] % 3 * 2
    hub = (_CENTRE + _shift(seed[3], 6), _CENTRE + _shift(seed[4], 6))
    angles = [math.tau * i / count for i in range(count)]
    return "".join(
        _straight([_polar(hub, 14, angle), _polar(hub, 66, angle)], close=False) for angle in angles
    )


def _rings(seed: bytes) -> str:
    x, y = _CENTRE + _shift(seed[3], 20), _CENTRE + _shift(seed[4], 20)
    return "".join(
        f"M{_pair(x - r, y)}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0-{2 * r} 0"
        for r in range(18, 80, 10)
    )


def _waves(seed: bytes) -> str:
    return _rows(seed, "q15-9 30 0t30 0 30 0 30 0", apart=13)


def _chevrons(seed: bytes) -> str:
    return _rows(seed, "l30 14 30-14 30 14 30-14", apart=14)


def _rows(seed: bytes, row: str, *, apart: int) -> str:
    """Draw a row that is 120 wide nine times, each below the other."""
    start = _pair(_shift(seed[3], 3), seed[4] / 255 * apart - 5)
    return f"M{start}{row}" + f"m-120 {apart}{row}" * 8


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
    left, right = _short(_CENTRE - 44 * scale), _short(_CENTRE + 44 * scale)
    top, waist = _short(_CENTRE - 46 * scale), _short(_CENTRE + 6 * scale)
    hip, tip = _short(_CENTRE + 36 * scale), _short(_CENTRE + 54 * scale)
    return f"M{left} {top}H{right}V{waist}Q{right} {hip} 60 {tip}Q{left} {hip} {left} {waist}Z"


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
    return f"M{_pair(*points[0])}l{_steps(points)}" + ("z" if close else "")


def _smooth(points: list[Point]) -> str:
    """Join the middles of the sides by curves, each drawn towards the corner between them.

    The corners mirror each other in those middles, so one is enough: `t` finds the others.
    """
    before = [points[-1], *points[:-1]]
    middles = [((x + u) / 2, (y + v) / 2) for (x, y), (u, v) in zip(before, points, strict=True)]
    (x, y), (u, v) = middles[0], points[0]
    first = f"M{_pair(x, y)}q{_pair(u - x, v - y)} {_steps(middles[:2])}"
    return f"{first}t{_steps([*middles[1:], middles[0]])}z"


def _steps(points: list[Point]) -> str:
    """Write the way from each point to the next, without letting roundings add up."""
    tenths = [(round(x, 1), round(y, 1)) for x, y in points]
    steps = (_pair(u - x, v - y) for (x, y), (u, v) in pairwise(tenths))
    return " ".join(steps).replace(" -", "-")


def _pair(x: float, y: float) -> str:
    return f"{_short(x)} {_short(y)}".replace(" -", "-")


def _short(number: float) -> str:
    """Write a coordinate with one decimal at most, and no zero that can be spared."""
    text = f"{number:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text.replace("0.", ".", 1) if abs(number) < 1 else text
