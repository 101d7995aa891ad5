"""A presentation of one's learning: ten minutes, one thing at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from packs.queries import Contents
from record.queries import Line


@dataclass(frozen=True)
class Slide:
    """One thing to stand before, for so many minutes."""

    title: str
    minutes: int
    words: Sequence[str] = ()
    #: What it is about, to show how it is known.
    line: Line | None = None


def slides_of(contents: Contents, intro: str) -> list[Slide]:
    """Return the slides of a pack: who I am, up to three strengths, what I wrote, and what comes next.

    Ten minutes in all, so that the listeners have their turn.
    """
    strengths = [
        Slide(each.words, 2, _said_of(contents, each.key), contents.line(each.key))
        for each in contents.strengths
    ]
    others = [
        Slide(str(each.section.title), 1, [sentence.words for sentence in each.sentences])
        for each in contents.written
        if each.sentences
    ]
    spent = 1 + sum(slide.minutes for slide in (*strengths, *others))
    return [
        Slide(
            _("Who I am"), 1, [intro] if intro else [_("Say your name, and one thing you like.")]
        ),
        *strengths,
        *others,
        Slide(
            _("What I want to try next"),
            1,
            [_("Say one thing you found hard, and what you would do differently.")],
        ),
        Slide(_("Ask me"), max(1, 9 - spent), [_("Now it is your turn to ask.")]),
    ]


def _said_of(contents: Contents, key: str) -> list[str]:
    return [
        sentence.words
        for each in contents.written
        for sentence in each.sentences
        if sentence.key == key
    ]
