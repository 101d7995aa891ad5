"""Packs and profiles on paper: PDF that a screen reader can read (PDF/UA-1), set by typst.

What people wrote reaches the template as data and never as its language: nothing in it is run.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path

import pikepdf
import typst
from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from app.clock import LONDON
from app.wording import label
from packs.kinds import Form
from packs.models import Pack
from packs.queries import Contents
from record.queries import Line
from record.wording import known_to_others

_TEMPLATE = Path(__file__).with_name("paper.typ")
_FONTS = Path(__file__).with_name("fonts")
#: What typst says of letters that no typeface at hand has, and how many such a page may have.
_MISSING = re.compile(r'the text `"(.+?)"` could not be displayed')
_NUMBER = re.compile(r"\\u\{([0-9a-f]+)\}")
_MOST_MISSING = 40


@dataclass(frozen=True)
class Item:
    """One line on paper: what, how it is known, and where it can be checked."""

    title: str
    note: str
    address: str = ""


@dataclass(frozen=True)
class Part:
    """A heading, and what stands under it."""

    title: str
    items: Sequence[Item] = ()
    paragraphs: Sequence[str] = ()


@dataclass(frozen=True)
class Told:
    """All that stands on paper, in the language of the reader."""

    title: str
    lead: str
    parts: Sequence[Part]
    #: What stands at the end: until when it can be checked, and where.
    foot: str
    address: str = ""
    strengths: Sequence[Item] = field(default_factory=tuple)
    #: The heads of a table with empty lines, to be written on by hand; none where there is none.
    by_hand: Sequence[str] = field(default_factory=tuple)
    #: A picture to scan, as SVG, and what it leads to.
    picture: str = ""
    picture_words: str = ""


def as_pdf(told: Told, *, language: str) -> bytes:
    """Return a PDF with tags, a title and its language.

    :param language: `en` or `cy`: of our own words in it.
    """
    words = json.dumps(asdict(told) | {"language": language}, ensure_ascii=False)
    for _attempt in range(_MOST_MISSING):
        try:
            return _packed(_set(words))
        except typst.TypstError as error:
            # A page that stands with a gap is better than none, and PDF/UA lets no gap pass unseen.
            missing = _MISSING.search(str(error))
            if missing is None:
                raise
            words = words.replace(_unescaped(missing[1]), "□")
    return _packed(_set("".join(each if _is_ours(each) else "□" for each in words)))


def _unescaped(letters: str) -> str:
    """Return the letters that a message writes as their numbers: marks that cannot stand alone."""
    return _NUMBER.sub(lambda number: chr(int(number[1], 16)), letters)


def _is_ours(letter: str) -> bool:
    """Return whether a letter is of a Latin alphabet, which our own typeface has, or a sign of typing."""
    return ord(letter) < 0x250 or 0x1E00 <= ord(letter) < 0x1F00 or 0x2010 <= ord(letter) < 0x2040


def _set(words: str) -> bytes:
    return typst.compile(
        str(_TEMPLATE),
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


def of_pack(
    *,
    pack: Pack,
    about: Form,
    contents: Contents,
    hours: int | None,
    number: str = "",
    address: str,
) -> Told:
    """Return what a pack says on paper.

    :param number: the learner's ULN, where they chose to show it.

    :param address: of the pack's page, where each line can be checked while it lasts.
    """
    until = format_date(pack.expires_at.astimezone(LONDON), "d MMMM yyyy")
    return Told(
        title=pack.learner.name if pack.shows_name else _("A learner"),
        lead=pack.intro,
        strengths=[
            _item(line, address, words=strength.words)
            for strength in contents.strengths
            if (line := contents.line(strength.key))
        ],
        parts=[
            *([Part(_("ULN"), paragraphs=[number])] if number else []),
            *_written(contents),
            *_done(contents, hours, address),
            *_badges(contents, address),
        ],
        foot=_("Each line can be checked until %(day)s at this address:", day=until),
        address=address,
    )


def line_item(line: Line, address: str = "") -> Item:
    """Return a line of a record on paper."""
    return _item(line, address)


def _written(contents: Contents) -> list[Part]:
    return [
        Part(str(each.section.title), paragraphs=[one.words for one in each.sentences])
        for each in contents.written
        if each.sentences
    ]


def _done(contents: Contents, hours: int | None, address: str) -> list[Part]:
    said = hours is not None and ngettext(
        "%(num)d hour of activities, confirmed by those who ran them.",
        "%(num)d hours of activities, confirmed by those who ran them.",
        hours,
    )
    if not contents.lines and not said:
        return []
    items = [_item(line, address) for line in contents.lines]
    return [Part(_("What they did"), items, [said] if said else [])]


def _badges(contents: Contents, address: str) -> list[Part]:
    items = [
        Item(badge.achievement.name, badge.issuer.name, f"{address}/{badge.uuid}")
        for badge in contents.badges
    ]
    return [Part(_("Badges"), items)] if items else []


def _item(line: Line, address: str, *, words: str = "") -> Item:
    title = line.title or _("A badge from elsewhere")
    day = format_date(line.at.astimezone(LONDON), "MMMM yyyy")
    skills = ", ".join(label(skill) for skill in line.skills)
    known = known_to_others(line)
    note = " · ".join(filter(None, (title if words else "", day, known, skills)))
    kind, _sep, uuid = line.key.partition("_")
    return Item(words or title, note, f"{address}/line/{kind}/{uuid}" if address else "")
