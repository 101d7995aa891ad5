"""The four questions, and answers to them as bytes that are all of one length."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import Any


class Ethnicity(StrEnum):
    """The five groups of the census of 2021."""

    ASIAN = "asian"
    BLACK = "black"
    MIXED = "mixed"
    WHITE = "white"
    OTHER = "other"


@dataclass(frozen=True)
class Answers:
    """What a learner told of themselves. Nothing stands where they would rather not say."""

    #: Special educational needs, or a disability.
    send: bool | None = None
    ethnicity: Ethnicity | None = None
    #: Free school meals, at the time of the answer.
    free_meals: bool | None = None
    #: In care, or a care leaver.
    care: bool | None = None

    @property
    def is_empty(self) -> bool:
        return all(each is None for each in astuple(self))


#: What comes first says how the rest is to be read, so that the questions may change.
_FORM_1 = 1
#: What each byte may stand for. Add at the end alone: what is kept is read by its place here.
_YES_NO = (None, False, True)
_GROUPS = (None, *(Ethnicity(value) for value in ("asian", "black", "mixed", "white", "other")))
_FIELDS: Mapping[str, Sequence[Any]] = {
    "send": _YES_NO,
    "ethnicity": _GROUPS,
    "free_meals": _YES_NO,
    "care": _YES_NO,
}
#: However much or little was told: a length tells nothing.
PACKED_BYTES = 1 + len(_FIELDS)


def packed(answers: Answers) -> bytes:
    """Return answers as bytes, to be locked."""
    places = (choices.index(getattr(answers, name)) for name, choices in _FIELDS.items())
    return bytes((_FORM_1, *places))


def unpacked(content: bytes) -> Answers:
    """Return what `packed` made bytes of.

    :raises ValueError: it made no such bytes.
    """
    if len(content) != PACKED_BYTES or content[0] != _FORM_1:
        raise ValueError("These are no answers.")
    pairs = zip(_FIELDS.items(), content[1:], strict=True)
    try:
        return Answers(**{name: choices[place] for (name, choices), place in pairs})
    except IndexError:
        raise ValueError("These are no answers.") from None
