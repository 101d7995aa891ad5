"""What an organisation still has to do before young people can find it, and what came back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from providers.models import AssuranceKind, Decision, DecisionKind, Provider, ProviderStatus
from providers.passport import PaperState, Shelf, shelves_of
from providers.standing import Standing, standing_of

_COUNTS = {PaperState.HOLDS, PaperState.RUNS_OUT}


class TaskState(StrEnum):
    DONE = "done"
    TO_DO = "to_do"
    WAITING = "waiting"
    SENT_BACK = "sent_back"


@dataclass(frozen=True)
class Tasks:
    """How far an organisation has come. What depends on its activities, the page adds."""

    standing: Standing
    details: TaskState
    safety: TaskState
    shelves: Sequence[Shelf]
    #: Kinds of which something was sent back or has lapsed, and nothing else is there.
    to_renew: Sequence[Shelf]
    #: The officer's words, where the council has sent it back or paused it.
    reason: str = ""

    @property
    def is_ready(self) -> bool:
        """Say whether it may ask the council to look."""
        return (
            self.standing in (Standing.PREPARING, Standing.REFUSED)
            and self.details is TaskState.DONE
            and not any(shelf.state in _MISSING for shelf in self.shelves)
        )

    @property
    def missing(self) -> Sequence[AssuranceKind]:
        return [shelf.kind for shelf in self.shelves if shelf.state in _MISSING]


_MISSING = (None, PaperState.LAPSED, PaperState.SENT_BACK)


def tasks_of(db: Session, provider: Provider, now: datetime) -> Tasks:
    """Return how far an organisation has come."""
    shelves = shelves_of(db, provider, now)
    return Tasks(
        standing=standing_of(provider, now),
        details=_details(provider),
        safety=_safety(shelves),
        shelves=shelves,
        to_renew=[shelf for shelf in shelves if shelf.state in _MISSING and shelf.papers],
        reason=_last_reason(db, provider),
    )


def _details(provider: Provider) -> TaskState:
    is_said = provider.identity_given_at and provider.description and provider.safeguarding_lead
    return TaskState.DONE if is_said else TaskState.TO_DO


def _safety(shelves: Sequence[Shelf]) -> TaskState:
    states = {shelf.state for shelf in shelves}
    if PaperState.SENT_BACK in states:
        return TaskState.SENT_BACK
    if states & {None, PaperState.LAPSED}:
        return TaskState.TO_DO
    return TaskState.DONE if states <= _COUNTS else TaskState.WAITING


def _last_reason(db: Session, provider: Provider) -> str:
    said = {
        ProviderStatus.REFUSED: DecisionKind.REFUSED,
        ProviderStatus.SUSPENDED: DecisionKind.SUSPENDED,
    }.get(provider.status)
    if said is None:
        return ""
    found = select(Decision.reason).filter_by(provider_id=provider.id, kind=said)
    return db.scalar(found.order_by(Decision.id.desc()).limit(1)) or ""
