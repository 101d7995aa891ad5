"""What of a record, of evidence and of plans stands on the page of a young person whom an adult helps.

Nothing that is hidden, and of evidence only what its learner shares.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from badges.models import Skill
from evidence.queries import pieces_of
from evidence.serving import address_for_a_while
from plans.queries import plan_of
from record.queries import bands_of, claims_of, marks_between, strands_for
from record.strips import year_of
from supporters import sections
from supporters.models import PageKind, SupporterLink, SupportScope

#: So many pieces of evidence stand on the page, the newest.
_MOST = 12


def register() -> None:
    """Add the record, the evidence and the plans, each for those who may see it."""
    sections.register(
        sections.Section(
            name="record",
            template="record/_for_supporter.html",
            shown=_shown,
            page=PageKind.RECORD,
            needs=SupportScope.SEE_RECORD,
            order=30,
        )
    )
    sections.register(
        sections.Section(
            name="evidence",
            template="record/_evidence_for_supporter.html",
            shown=_evidence,
            page=PageKind.EVIDENCE,
            needs=SupportScope.SEE_EVIDENCE,
            order=35,
        )
    )
    sections.register(
        sections.Section(
            name="plans",
            template="record/_plans_for_supporter.html",
            shown=_plans,
            page=PageKind.PLANS,
            needs=SupportScope.SEE_PLANS,
            order=45,
        )
    )


def _evidence(db: Session, link: SupporterLink, now: datetime) -> Mapping[str, Any] | None:
    pieces = pieces_of(db, link.learner, only_shared=True, limit=_MOST)
    return {"pieces": pieces, "address": address_for_a_while} if pieces else None


def _shown(db: Session, link: SupporterLink, now: datetime) -> Mapping[str, Any]:
    learner, year = link.learner, year_of(now)
    marks = marks_between(db, learner, year, shown_only=True)
    return {
        "bands": bands_of(db, learner, strands_for(db, learner), each=6),
        "marks": {skill: marks[skill] for skill in Skill if skill in marks},
        "claims": claims_of(db, learner),
        "year": year,
    }


def _plans(db: Session, link: SupporterLink, now: datetime) -> Mapping[str, Any] | None:
    plan = plan_of(db, link.learner)
    return {"plan": plan} if plan.goals or plan.items else None
