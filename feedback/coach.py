"""What makes feedback of use, said of somebody's own words in the sandbox. Nothing is kept or sent."""

import re
from collections.abc import Iterable, Iterator

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

#: Words for what somebody is, in both languages: they end a talk, where what was seen begins one.
_OF_A_PERSON = (
    "clever|smart|talented|gifted|lazy|naughty|bright|genius|natural|star|good (?:girl|boy|lad|lass)"
    "|clyfar|dawnus|diog|galluog|seren|(?:merch|bachgen) da"
)
_OF_MARKS = r"\b(?:grades?|marks?|scores?|level \d|\d{1,3} ?%|\d{1,2} ?/ ?\d{1,3}|[a-e]\*?[+-]? grade|gradd|marciau)\b|\ba\*"
_OF_OTHERS = (
    r"better than|best in|worse than|top of|than (?:the )?others|gwell na|gorau yn|gwaeth na"
)
_SHORTEST = 25


def hints_for(what_went_well: str, even_better_if: str, try_next: str) -> list[LazyString]:
    """Return what would make these words more useful, few and kind; nothing where they do well."""
    return list(_hints([what_went_well, even_better_if, try_next]))


def _hints(boxes: list[str]) -> Iterator[LazyString]:
    said = [words for words in boxes if words]
    if not boxes[2]:
        yield _l("Add one small thing to try next. One is enough.")
    if not boxes[0]:
        yield _l("Begin with something that went well: it helps people hear the rest.")
    if any(len(words) < _SHORTEST for words in said):
        yield _l("Say a little more. When was it, and what did you see them do?")
    if _has(_OF_MARKS, said):
        yield _l("Leave out marks and grades: people read those and stop there.")
    if _has(_OF_OTHERS, said):
        yield _l("Compare them with themselves before, and not with others.")
    if _has(rf"\b(?:{_OF_A_PERSON})\b", said):
        yield _l("You say what they are. Say what they did: that, they can do again.")


def _has(pattern: str, texts: Iterable[str]) -> bool:
    return any(re.search(pattern, text.casefold()) for text in texts)
