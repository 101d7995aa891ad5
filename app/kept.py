"""Answers that are the same for everyone, kept in memory for a while."""

from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Any, TypeVar

_Answer = TypeVar("_Answer")
_all: list["Kept"] = []


class Kept:
    """So many answers by key, none older than it may be."""

    def __init__(self, lasting: timedelta, *, most: int) -> None:
        self.lasting = lasting
        self.most = most
        self.answers: dict[Hashable, tuple[datetime, Any]] = {}
        _all.append(self)

    def get(self, key: Hashable, now: datetime, work_out: Callable[[], _Answer]) -> _Answer:
        """Return the answer that was worked out a while ago, or else a new one."""
        known = self.answers.get(key)
        if known and known[0] <= now < known[0] + self.lasting:
            return known[1]
        answer = work_out()
        if len(self.answers) >= self.most:
            # Rarely: to begin anew costs less than to keep count of what was asked for last.
            self.answers.clear()
        self.answers[key] = now, answer
        return answer


def forget_all() -> None:
    """Forget every answer: each test begins with other rows at the same instant."""
    for kept in _all:
        kept.answers.clear()
