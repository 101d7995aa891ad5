"""Writing a notice for the inbox of an account: the words of the e-mail, as parts of a page."""

from dataclasses import dataclass
from datetime import datetime

from notices.models import Notice
from notices.writing import words_of

#: Before each address of ours. Nobody can type it: other people's words are without such marks.
_MARK = "\x02"
_BULLET = "* "


@dataclass
class Part:
    """One line of a paragraph: words; or, with a path, the link that they name."""

    words: str
    path: str = ""
    is_item: bool = False


@dataclass(frozen=True)
class Shown:
    """One notice as an inbox shows it."""

    subject: str
    told_at: datetime
    is_new: bool
    paragraphs: list[list[Part]]


def shown(notice: Notice, *, is_new: bool, root: str) -> Shown:
    """Return a notice as the page shows it, in the language of the page.

    :param root: what stands before a path of ours in this language.
    """
    subject, text = words_of(notice, "notices/_bare.txt", lambda path: f"{_MARK}{root}{path}")
    blocks = (_parts(block.splitlines()) for block in text.split("\n\n") if block.strip())
    return Shown(subject, notice.told_at, is_new, list(blocks))


def _parts(lines: list[str]) -> list[Part]:
    """Return a paragraph of a letter as parts: an address becomes the link of the words before it."""
    parts: list[Part] = []
    for line in filter(None, map(str.lstrip, lines)):
        if line.startswith(_MARK):
            _link(parts, line.removeprefix(_MARK))
        elif line.startswith(_BULLET):
            parts.append(Part(line.removeprefix(_BULLET), is_item=True))
        elif parts and not parts[-1].is_item and not parts[-1].path:
            # A letter breaks long lines; a page does so by itself.
            parts[-1].words += f" {line}"
        else:
            parts.append(Part(line))
    return parts


def _link(parts: list[Part], path: str) -> None:
    if not parts or parts[-1].path:
        parts.append(Part(path))
    parts[-1].words, parts[-1].path = parts[-1].words.removesuffix(":"), path
