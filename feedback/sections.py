"""What of feedback stands on the page of a young person whom an adult helps."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from badges.models import Skill
from feedback.about import title_of
from feedback.queries import asked_of, feedback_of, given_by
from supporters import sections
from supporters.models import PageKind, SupporterLink, SupportScope

_MOST = 20


def register() -> None:
    """Add what was said, for those who see the record, and one's own part, for those who may write."""
    sections.register(
        sections.Section(
            name="feedback",
            template="feedback/_for_supporter.html",
            shown=_said,
            page=PageKind.FEEDBACK,
            needs=SupportScope.SEE_RECORD,
            order=40,
        )
    )
    sections.register(
        sections.Section(
            name="own feedback",
            template="feedback/_own_part.html",
            shown=_own,
            page=PageKind.OVERVIEW,
            needs=SupportScope.COMMENT,
            order=20,
        )
    )


def _said(db: Session, link: SupporterLink, now: datetime) -> Mapping[str, Any]:
    said = feedback_of(db, link.learner)[:_MOST]
    return {"said": said, "skills": Skill, "title_of": title_of}


def _own(db: Session, link: SupporterLink, now: datetime) -> Mapping[str, Any] | None:
    if link.adult is None:
        return None
    asked = [each for each in asked_of(db, link.adult, now) if each.learner_id == link.learner_id]
    own = [each for each in given_by(db, link.adult, now) if each.learner_id == link.learner_id]
    return {"asked": asked, "own": own[:_MOST], "title_of": title_of}
