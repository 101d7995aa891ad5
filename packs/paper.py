"""Packs and profiles on paper: what stands there, for `app.paper` to set."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from app import paper
from app.clock import LONDON
from app.wording import label
from packs.kinds import Form
from packs.models import Pack
from packs.queries import Contents
from record.queries import Line
from record.wording import known_to_others

_TEMPLATE = Path(__file__).with_name("paper.typ")


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
    return paper.as_pdf(_TEMPLATE, asdict(told), language=language)


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
