"""What an officer looks at in a listing's words before anybody reads them."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.screening import find
from listings.models import ReviewReason


@dataclass(frozen=True)
class Finding:
    """Something to look at, and the words that it was found by, if any."""

    reason: ReviewReason
    words: str


def screen(texts: Iterable[str]) -> list[Finding]:
    """Return what an officer should look at in these texts, each thing once, in order."""
    return [Finding(ReviewReason(each.suspect.value), each.words) for each in find(texts)]
