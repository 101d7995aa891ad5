"""Words of a page, taken from its own template, to stand elsewhere too: so there is one place to change them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

#: What begins a line of words, and what stands in front of a fact.
_LINES, _NAMES = {"p", "dd"}, {"dt"}


@dataclass
class Section:
    """A heading, and the lines under it: each with the name of what it says, or without."""

    title: str
    lines: list[tuple[str, str]] = field(default_factory=list)


def sections_of(html: str) -> list[Section]:
    """Return the folded parts of a page: each `summary`, and the paragraphs and facts under it."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.sections


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.sections: list[Section] = []
        self._said: list[str] = []
        self._name = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in _LINES | _NAMES | {"summary"}:
            self._said = []

    def handle_data(self, data: str) -> None:
        self._said.append(data)

    def handle_endtag(self, tag: str) -> None:
        words = " ".join("".join(self._said).split())
        if tag == "summary":
            self.sections.append(Section(words))
        elif tag in _NAMES:
            self._name = words
        elif tag in _LINES and self.sections:
            self.sections[-1].lines.append((self._name if tag == "dd" else "", words))
