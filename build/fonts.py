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


def for_paper(files: Path) -> dict[str, bytes]:
    """Return the same typeface as plain files, one for each weight, for what is printed.

    What sets the type knows no variable font; the Welsh letters are a family of their own, to which it
    turns for what the first has not.
    """
    kinds = {"Lexend": ("latin", LATIN), "Lexend Welsh": ("latin-ext", WELSH)}
    return {
        f"{family.lower().replace(' ', '-')}-{weight}.ttf": _plain(
            files / f"lexend-{script}-wght-normal.woff2", letters, family, weight
        )
        for family, (script, letters) in kinds.items()
        for weight in WEIGHTS
    }


def _plain(source: Path, letters: list[int], family: str, weight: int) -> bytes:
    font = instantiateVariableFont(_subset(source, letters), {"wght": weight})
    style = "Bold" if weight > 400 else "Regular"
    full = f"{family} {style}"
    for name_id, words in {1: family, 2: style, 4: full, 6: full.replace(" ", "-")}.items():
        font["name"].setName(words, name_id, 3, 1, 0x409)
    for name_id in (16, 17, 25):
        font["name"].removeNames(nameID=name_id)
    font["OS/2"].usWeightClass = weight
    return _as_bytes(font, None)


def _cut(source: Path, letters: list[int]) -> bytes:
    font = instantiateVariableFont(_subset(source, letters), {"wght": WEIGHTS})
    return _as_bytes(font, "woff2")


def _subset(source: Path, letters: list[int]) -> TTFont:
    # Without a fixed timestamp, the same font would have another hash on every machine.
    font = TTFont(source, recalcTimestamp=False)
    options = Options()
    options.layout_features += ["tnum"]  # figures of one width, for tables
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=letters)
    subsetter.subset(font)
    return font


def _as_bytes(font: TTFont, flavor: str | None) -> bytes:
    font.flavor = flavor
    written = BytesIO()
    font.save(written)
    return written.getvalue()
