"""What of a record stands on the page of a young person whom an adult helps: nothing that is hidden."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from badges.models import Skill
from record.queries import bands_of, claims_of, marks_between, strands_for
from record.strips import year_of
from supporters import sections
from supporters.models import PageKind, SupporterLink, SupportScope


def register() -> None:
    """Add the record, for those who may see it."""
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


def _shown(db: Session, link: SupporterLink, now: datetime) -> Mapping[str, Any]:
    learner, year = link.learner, year_of(now)
    marks = marks_between(db, learner, year, shown_only=True)
    return {
        "bands": bands_of(db, learner, strands_for(db, learner), each=6),
        "marks": {skill: marks[skill] for skill in Skill if skill in marks},
        "claims": claims_of(db, learner),
        "year": year,
    }
