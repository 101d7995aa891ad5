"""The trust passport as pages show it: what is there, what waits, what came back, what runs out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import LONDON
from providers.assurance import nation
from providers.models import Assurance, AssuranceKind, CheckLevel, Decision, DecisionKind, Provider
from providers.rules import BOOK

#: How long before something runs out its people are asked for a newer one.
SOON = timedelta(days=30)


class PaperState(StrEnum):
    """How one piece of evidence stands."""

    HOLDS = "holds"
    RUNS_OUT = "runs_out"
    WAITING = "waiting"
    LAPSED = "lapsed"
    SENT_BACK = "sent_back"


@dataclass(frozen=True)
class Paper:
    """One piece of evidence, and an officer's words where it was sent back."""

    assurance: Assurance
    state: PaperState
    reason: str = ""

    @property
    def counts(self) -> bool:
        """Say whether two officers have accepted it, and it holds today."""
        return self.state in (PaperState.HOLDS, PaperState.RUNS_OUT)


@dataclass(frozen=True)
class Holding:
    """How long a kind of evidence is taken for, which check it has to be, and where that is written."""

    months: int
    source: str
    level: CheckLevel | None = None
    level_source: str = ""


@dataclass
class Shelf:
    """All of one kind, the newest first."""

    kind: AssuranceKind
    holding: Holding
    papers: list[Paper] = field(default_factory=list)

    @property
    def state(self) -> PaperState | None:
        """Return how this kind stands as a whole: by its best piece. None where there is nothing."""
        order = list(PaperState)
        return min((paper.state for paper in self.papers), key=order.index, default=None)


def shelves_of(db: Session, provider: Provider, now: datetime) -> list[Shelf]:
    """Return all five kinds in their order, each with what an organisation has sent in of it.

    What was taken back or replaced is left out, and so is what was sent back once something newer
    of its kind, about the same person, has been sent in.
    """
    today = now.astimezone(LONDON).date()
    shelves = {kind: Shelf(kind, _holding(kind, provider, today)) for kind in AssuranceKind}
    sent = _sent_in(db, provider)
    reasons = _reasons(db, provider, [each.uuid for each in sent if each.refused_at])
    answered: set[tuple[AssuranceKind, str]] = set()
    for each in sent:
        if each.refused_at is None or (each.kind, each.person) not in answered:
            paper = Paper(each, _state(each, today), reasons.get(each.uuid, ""))
            shelves[each.kind].papers.append(paper)
        answered.add((each.kind, each.person))
    return list(shelves.values())


def running_out(shelves: Iterable[Shelf]) -> list[tuple[AssuranceKind, date]]:
    """Return which kinds run out soon with nothing newer sent in, and on which last day."""
    return [
        (shelf.kind, max(paper.assurance.expires_on for paper in shelf.papers if paper.counts))
        for shelf in shelves
        if shelf.state is PaperState.RUNS_OUT
        and not any(paper.state is PaperState.WAITING for paper in shelf.papers)
    ]


def last_day(provider: Provider) -> date | None:
    """Return the last day on which all that an organisation must have in place holds."""
    until = provider.assured_until
    return (until - timedelta(seconds=1)).astimezone(LONDON).date() if until else None


def about_of(decision: Decision) -> tuple[AssuranceKind | None, str]:
    """Return what kind of evidence a decision is about, and the rest of what it is called."""
    first, _space, rest = decision.about_name.partition(" ")
    if first in set(AssuranceKind):
        return AssuranceKind(first), rest
    return None, decision.about_name


def _sent_in(db: Session, provider: Provider) -> Sequence[Assurance]:
    found = select(Assurance).filter_by(provider_id=provider.id, withdrawn_at=None)
    return db.scalars(found.order_by(Assurance.id.desc())).all()


def _reasons(db: Session, provider: Provider, uuids: list[UUID]) -> dict[UUID, str]:
    if not uuids:
        return {}
    found = select(Decision.about, Decision.reason).where(
        Decision.provider_id == provider.id,
        Decision.kind == DecisionKind.EVIDENCE_REFUSED,
        Decision.about.in_(uuids),
    )
    return {uuid: reason for uuid, reason in db.execute(found) if uuid}


def _state(assurance: Assurance, today: date) -> PaperState:
    if assurance.refused_at is not None:
        return PaperState.SENT_BACK
    if assurance.expires_on < today:
        return PaperState.LAPSED
    if assurance.seconded_at is None:
        return PaperState.WAITING
    return PaperState.RUNS_OUT if assurance.expires_on < today + SOON else PaperState.HOLDS


def _holding(kind: AssuranceKind, provider: Provider, today: date) -> Holding:
    holds = BOOK.on(today, "holds_months", nation(provider))
    if kind is not AssuranceKind.STAFF_CHECK:
        return Holding(holds.says[kind.value], holds.source)
    check = BOOK.on(today, "staff_check", nation(provider))
    level = CheckLevel(check.says["level"])
    return Holding(holds.says[kind.value], holds.source, level, check.source)
