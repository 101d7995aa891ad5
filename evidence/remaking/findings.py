"""What comes of making something anew: what it is now, or why it is refused."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a file is refused."""

    #: Of a kind that we cannot make anew.
    UNKNOWN = "unknown"
    #: A picture where a film was chosen, and the like.
    OTHER_KIND = "other_kind"
    #: Broken off, or never whole.
    BROKEN = "broken"
    #: More pixels or pages than we take.
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    #: Took more time or memory than one file may.
    TOO_MUCH = "too_much"
    #: Opens with a password alone.
    LOCKED = "locked"
    #: The learner has no room left for it.
    NO_ROOM = "no_room"
    #: Our own fault: it may be tried again.
    FAILED = "failed"


class RefusedFile(Exception):
    """A file that is not made anew."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class Made:
    """What was written: of which type, and what one has to know to show it."""

    content_type: str
    width: int | None = None
    height: int | None = None
    #: How long it lasts.
    seconds: int | None = None
