"""What may be amiss with a badge: a judge that knows the facts of one badge, and no table.

It says «may»: each finding is a reason to look, and none stops anybody from doing anything.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from rapidfuzz import fuzz, process, utils

from badges.deeds import names_a_deed

#: Longer than this, nobody reads what they have to do.
LONGEST_CRITERIA = 300
#: After so many weeks of sessions, somebody should have it.
WEEKS_UNEARNED = 8
#: Of fewer holders, nobody is told whether they all got it on one day.
FEWEST_HOLDERS_TOLD = 10
#: How alike two texts are, from 0 to 100, before one is taken for the other.
_SAME_WORDS = 92
_SAME_TEXT = 95


class Flaw(StrEnum):
    """What may be amiss, the most important first."""

    NO_DEED = "no_deed"
    PROMISES_GRADE = "promises_grade"
    SAYS_ITS_NAME = "says_its_name"
    COPIED = "copied"
    TOO_LONG = "too_long"
    NO_SKILLS = "no_skills"
    NAMES_ALIKE = "names_alike"
    NEVER_EARNED = "never_earned"
    ONE_DAY = "one_day"


@dataclass(frozen=True)
class BadgeFacts:
    """What the judge may know of one badge: nothing that would say who holds it, or how many."""

    name: str
    description: str
    criteria: str
    has_skills: bool
    is_earned: bool = False
    #: Ten or more hold it, and all were given it on one day.
    is_of_one_day: bool = False
    #: For how many weeks there have been sessions that give it; 0 before the first is over.
    weeks_running: int = 0
    #: On how many days a session of it has ended.
    days_run: int = 0


def flaws_of(badge: BadgeFacts, *, has_double: bool = False) -> list[Flaw]:
    """Return what may be amiss with a badge, the most important first.

    :param has_double: another badge of the same provider is called the same, or nearly.
    """
    found = {
        Flaw.NO_DEED: not names_a_deed(badge.criteria),
        Flaw.PROMISES_GRADE: _promises_grade(badge),
        Flaw.SAYS_ITS_NAME: _are_alike(badge.name, badge.criteria),
        Flaw.COPIED: _is_copied(badge.criteria, badge.description),
        Flaw.TOO_LONG: len(badge.criteria) > LONGEST_CRITERIA,
        Flaw.NO_SKILLS: not badge.has_skills,
        Flaw.NAMES_ALIKE: has_double,
        Flaw.NEVER_EARNED: not badge.is_earned and badge.weeks_running >= WEEKS_UNEARNED,
        # What ran on one day alone could not be earned on another.
        Flaw.ONE_DAY: badge.is_of_one_day and badge.days_run > 1,
    }
    if found[Flaw.SAYS_ITS_NAME]:
        found[Flaw.NO_DEED] = False  # One sentence about the same words is enough.
    return [flaw for flaw, is_so in found.items() if is_so]


def names_with_a_double(names: Sequence[str]) -> list[bool]:
    """Return of each name whether another one is the same, or nearly.

    Names that differ in a number do so on purpose: Step 1, Step 2.
    """
    if len(names) < 2:
        return [False] * len(names)
    plain = [_plain(name) for name in names]
    alike = process.cdist(plain, plain, scorer=fuzz.ratio, score_cutoff=_SAME_WORDS) > 0
    np.fill_diagonal(alike, False)
    numbers = [_numbers(name) for name in names]
    return [
        any(numbers[place] == numbers[other] for other in np.flatnonzero(row))
        for place, row in enumerate(alike)
    ]


#: Words that say only that it is a badge.
_BADGE_WORDS = {
    "badge",
    "award",
    "bathodyn",
    "fathodyn",
    "gwobr",
    "a",
    "an",
    "the",
    "for",
    "of",
    "y",
    "yr",
    "am",
}


def _plain(text: str) -> str:
    """Return the words of a text that say something, in one spelling."""
    words = utils.default_process(text).split()
    return " ".join([word for word in words if word not in _BADGE_WORDS] or words)


def _numbers(name: str) -> list[str]:
    """Return what numbers a name holds, Roman ones and years too."""
    return re.findall(r"\d+|\b[ivx]+\b", name.casefold())


def _are_alike(name: str, criteria: str) -> bool:
    return fuzz.ratio(_plain(name), _plain(criteria)) >= _SAME_WORDS


def _is_copied(criteria: str, description: str) -> bool:
    ours, theirs = utils.default_process(criteria), utils.default_process(description)
    return bool(ours) and fuzz.ratio(ours, theirs) >= _SAME_TEXT


#: Words of marking. «Score three goals» and «a Grade II listed house» are none.
_GRADES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:pass|top|full|high)[ -]?marks?\b",
        r"\bmarks? (?:of|out of)\b",
        r"\bgrade[ds]?\b(?! (?:[iv]+\*?|[12]\*?)(?:\W|$))",
        r"\b(?:test|exam|quiz|high|pass|final|level \d) scores?\b|\bscores? (?:of|at least|above|over)\b",
        r"\bscor(?:e|ed|es|ing) (?:\d+ ?(?:%|per cent|percent)|\d+ out of)",
        r"\b\d+ ?(?:%|per cent|percent) (?:in|on|correct|right|or (?:more|higher|above) (?:in|on))\b",
        r"\b\d+ out of \d+\b",
        r"\bdistinction\b|\bgcse\b|\ba-levels?\b|\bqualification\b",
        r"\b(?:pass|passed|passing) (?:the |an? |your |our )?(?:test|exam|assessment)",
        r"\b[fm]arc(?:iau)? (?:pasio|llawn|uchel|allan o)\b",
        r"\bg?radd(?:au)? (?:[a-g]|uchel|\d)\b",
        r"\bsg[oô]r(?:io)? (?:o|\d)",
        r"\b(?:g|ngh)?c?ymhwyster\b|\bllwyddo mewn (?:prawf|arholiad)|\bpasio(?:'r| yr| prawf| arholiad)",
    )
)


def _promises_grade(badge: BadgeFacts) -> bool:
    return _says(_GRADES, (badge.name, badge.description, badge.criteria))


def _says(patterns: Iterable[re.Pattern[str]], texts: Iterable[str]) -> bool:
    texts = tuple(texts)
    return any(pattern.search(text) for pattern in patterns for text in texts)
