"""Pages to print: PDF that a screen reader can read (PDF/UA-1), set by typst.

What people wrote reaches a template as data and never as its language: nothing in it is run.
"""

import json
import re
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import typst

_FONTS = Path(__file__).with_name("fonts")
#: What typst says of letters that no typeface at hand has, and how many such a page may have.
_MISSING = re.compile(r'the text `"(.+?)"` could not be displayed')
_NUMBER = re.compile(r"\\u\{([0-9a-f]+)\}")
_MOST_MISSING = 40


def as_pdf(template: Path, told: Mapping[str, Any], *, language: str) -> bytes:
    """Return a PDF with tags, a title and its language.

    :param template: reads what is told, as JSON, from the input `told`.
    :param language: `en` or `cy`: of our own words in it.
    """
    words = json.dumps({**told, "language": language}, ensure_ascii=False)
    for _attempt in range(_MOST_MISSING):
        try:
            return _packed(_set(template, words))
        except typst.TypstError as error:
            # A page that stands with a gap is better than none, and PDF/UA lets no gap pass unseen.
            missing = _MISSING.search(str(error))
            if missing is None:
                raise
            words = words.replace(_unescaped(missing[1]), "□")
    return _packed(_set(template, "".join(each if _is_ours(each) else "□" for each in words)))


def _unescaped(letters: str) -> str:
    """Return the letters that a message writes as their numbers: marks that cannot stand alone."""
    return _NUMBER.sub(lambda number: chr(int(number[1], 16)), letters)


def _is_ours(letter: str) -> bool:
    """Return whether a letter is of a Latin alphabet, which our own typeface has, or a sign of typing."""
    return ord(letter) < 0x250 or 0x1E00 <= ord(letter) < 0x1F00 or 0x2010 <= ord(letter) < 0x2040


def _set(template: Path, words: str) -> bytes:
    return typst.compile(
        str(template),
        format="pdf",
        pdf_standards="ua-1",
        font_paths=[str(_FONTS)],
        sys_inputs={"told": words},
    )


def _packed(pdf: bytes) -> bytes:
    """Return the same with its many small objects pressed together: a third of the size."""
    with pikepdf.open(BytesIO(pdf)) as document:
        pressed = BytesIO()
        document.save(
            pressed,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            deterministic_id=True,
        )
    return pressed.getvalue()
