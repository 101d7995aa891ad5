"""The typeface: Lexend, cut down to the letters and weights that English and Welsh pages use."""

from io import BytesIO
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

#: Printable ASCII, Latin-1 (names have accents), and the marks of good typing: dashes, quotation
#: marks, bullet, ellipsis, euro, minus, arrows.
LATIN = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x100),
    *(0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2026, 0x20AC, 0x2190, 0x2192),
    0x2212,
]
#: The letters w and y with each of the Welsh accents. Few words have them, so they are a second
#: file, which a browser fetches only for a page where one stands.
WELSH = [*range(0x174, 0x178), *range(0x1E80, 0x1E86), 0x1EF2, 0x1EF3]
WEIGHTS = (400, 700)


def lexend(files: Path) -> dict[str, bytes]:
    """Return `lexend.woff2` and `lexend-welsh.woff2`, cut from the files of the npm package."""
    return {
        "lexend.woff2": _cut(files / "lexend-latin-wght-normal.woff2", LATIN),
        "lexend-welsh.woff2": _cut(files / "lexend-latin-ext-wght-normal.woff2", WELSH),
    }


def _cut(source: Path, letters: list[int]) -> bytes:
    # Without a fixed timestamp, the same font would have another hash on every machine.
    font = TTFont(source, recalcTimestamp=False)
    options = Options()
    options.layout_features += ["tnum"]  # figures of one width, for tables
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=letters)
    subsetter.subset(font)
    font = instantiateVariableFont(font, {"wght": WEIGHTS})
    font.flavor = "woff2"
    cut = BytesIO()
    font.save(cut)
    return cut.getvalue()
