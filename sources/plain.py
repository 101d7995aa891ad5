"""Text from elsewhere made plain: no markup, no control signs, no more than there is room for."""

import re
import unicodedata
from html import unescape

import nh3
from flask_babel import gettext as _

from sources.found import WrongRow

#: What a title, a name of a place and a description hold. Longer ones are cut, and the report says so.
TITLE_LENGTH, NAME_LENGTH, ADDRESS_LENGTH, DESCRIPTION_LENGTH = 80, 80, 120, 2000
#: A longer value is no description but a mistake, or an attack.
LONGEST_VALUE = 100_000

_POSTCODE = re.compile(r"\b[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}\b", re.IGNORECASE)
_MARKUP = re.compile(r"<[a-zA-Z/!?]|&(?:#\d|#x|[a-zA-Z])")
#: What stands on lines of its own, and what of it is kept until the lines are made.
_BLOCKS = re.compile(
    r"<(?=/?(?:div|tr|table|section|article|header|ul|ol|h[1-6]|blockquote|pre|hr|dd|dt)\b)", re.I
)
_KEPT = {"p", "br", "li"}
_UNSEEN = {"script", "style", "template", "iframe", "object", "svg", "math", "noscript", "title"}
_LINES = re.compile(r"<br>|</?p>")


def plain(value: object, field: str = "") -> str:
    """Return a value as text with lines: markup read and dropped, entities decoded once.

    What looks like markup after that is what somebody wrote, and is shown as such.

    :raises WrongRow: it is longer than any text that people write.
    """
    text = "" if value is None else str(value)
    if len(text) > LONGEST_VALUE:
        raise WrongRow(
            field, _("It is longer than %(number)s characters.", number=f"{LONGEST_VALUE:,}")
        )
    if _MARKUP.search(text):
        text = _without_markup(text)
    lines = (" ".join(_printable(line).split()) for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def line(value: object, field: str = "") -> str:
    """Return a value as one line of plain text.

    :raises WrongRow: as `plain`.
    """
    return " ".join(plain(value, field).split())


def cut(text: str, length: int) -> tuple[str, bool]:
    """Return text of at most `length` characters, ended at a word, and whether it was longer."""
    if len(text) <= length:
        return text, False
    kept = text[: length - 1]
    at_word = kept.rsplit(None, 1)[0] if re.search(r"\s", kept[length // 2 :]) else kept
    return at_word.rstrip(" ,;:-") + "…", True


def postcode_in(text: str) -> str:
    """Return the last postcode that stands in an address; empty where there is none."""
    found = _POSTCODE.findall(text)
    return found[-1].upper() if found else ""


def web_address(value: object) -> str:
    """Return an address if it is one of the web that can be linked to, or else nothing."""
    text = line(value)[:2000]
    return text if re.fullmatch(r"https?://[^\s<>\"'`\\]+", text, re.IGNORECASE) else ""


def _printable(text: str) -> str:
    """Return text without control signs, among them those that turn the direction of reading."""
    if text.isprintable():
        return text
    return "".join(
        " " if unicodedata.category(each) in ("Cc", "Zl", "Zp") else each
        for each in text
        if unicodedata.category(each) not in ("Cf", "Cs", "Co", "Cn") or each == "\u200d"
    )


def _without_markup(text: str) -> str:
    # A library reads it, as browsers do and in one go; what it leaves are three names and entities.
    left = nh3.clean(
        _BLOCKS.sub("<br><", text), tags=_KEPT, attributes={}, clean_content_tags=_UNSEEN
    )
    return unescape(_LINES.sub("\n", left).replace("<li>", "\n• ").replace("</li>", ""))
