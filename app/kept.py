"""Answers that are the same for everyone, worked out once a minute and kept in memory."""

from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Generic, TypeVar

_Answer = TypeVar("_Answer")
_all: list["Kept"] = []


class Kept(Generic[_Answer]):
    """So many answers by key, each no older than the minute it was worked out in."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.answers: dict[Hashable, tuple[datetime, _Answer]] = {}
        _all.append(self)

    def get(self, key: Hashable, now: datetime, work_out: Callable[[], _Answer]) -> _Answer:
        """Return the answer of this minute, working it out where there is none yet."""
        minute = now.replace(second=0, microsecond=0)
        known = self.answers.get(key)
        if known and known[0] == minute:
            return known[1]
        answer = work_out()
        if len(self.answers) >= self.most:
            # Rarely: beginning anew costs less than keeping count of what was asked for last.
            self.answers.clear()
        self.answers[key] = minute, answer
        return answer


def forget_all() -> None:
    """Forget every answer: tests begin with other rows in the same minute."""
    for kept in _all:
        kept.answers.clear()
