"""The rules of who may do what, and of asking those who have to agree first."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import update
from sqlalchemy.orm import Session

from accounts.models import User
from app.clock import LONDON
from app.db import lock
from app.errors import Conflict, NotAllowed, NotFound, Refusal
from app.links import token_hash as hash_token
from app.links import token_of
from geo.queries.school import school_calendar
from listings.screening import screen
from opportunities.models import Opportunity, OpportunityKind, ScheduledSession
from permission.models import Agreement, Part, SchoolYear
from permission.pupils import has_to_be_in_school
from permission.queries import agreement_on, asked_by, has_yes, is_open, own_agreement, pupil_of
from permission.wording import sentence
from permission.work import Finding, Stretch, WhyNot, why_not_work
from providers.models import ProviderKind

#: Tells these addresses from others.
LINK_KIND = "agree"
#: So long an adult can answer.
ASKED_FOR = timedelta(days=14)


class SchoolYearNeeded(Conflict):
    """It hangs on the school year, which the learner has not told us yet."""


class YesNeeded(Conflict):
    """Somebody else has to say yes first."""

    def __init__(self, reason: str, part: Part) -> None:
        super().__init__(reason)
        self.part = part


def is_work(opportunity: Opportunity) -> bool:
    """Return whether the rules of work hold: also where one helps an employer without pay."""
    if opportunity.kind is OpportunityKind.WORK_EXPERIENCE:
        return True
    helps = opportunity.kind is OpportunityKind.VOLUNTEERING
    return helps and opportunity.provider.kind is ProviderKind.EMPLOYER


def refusal_for(
    db: Session, *, learner: User, scheduled: ScheduledSession, others: Sequence[Stretch]
) -> Refusal | None:
    """Return why the rules of age, school and hours keep a learner from a session, or nothing.

    :param others: the work that the learner has agreed to in that year and the six days around.
    """
    opportunity = scheduled.opportunity
    if not is_work(opportunity):
        return None
    pupil = pupil_of(db, learner)
    day = scheduled.starts_at.astimezone(LONDON).date()
    found = why_not_work(
        pupil,
        Stretch(scheduled.starts_at, scheduled.ends_at),
        others,
        is_school_day=school_calendar(db, opportunity.provider.city_id).is_open,
        is_arranged_by_school=has_yes(db, learner, opportunity, Part.SCHOOL),
    )
    if found is not None:
        return _refusal(found)
    if has_to_be_in_school(pupil, day) and not has_yes(db, learner, opportunity, Part.GUARDIAN):
        return YesNeeded(
            _("A parent or carer has to say yes first, because you are still at school."),
            Part.GUARDIAN,
        )
    return None


def say_school_year(db: Session, *, learner: User, year: int, now: datetime) -> None:
    """Keep the school year that a learner tells us. Flushes."""
    today = now.astimezone(LONDON).date()
    said = db.get(SchoolYear, learner.id)
    if said is None:
        db.add(SchoolYear(learner_id=learner.id, year=year, said_on=today))
    else:
        said.year, said.said_on = year, today
    db.flush()


def ask_for_yes(
    db: Session,
    *,
    learner: User,
    opportunity: Opportunity,
    part: Part,
    secret: str,
    now: datetime,
) -> Agreement:
    """Make an address by which one adult can say yes or no. Asking twice gives the same. Flushes.

    :raises Conflict: somebody has said yes already.
    """
    # Held, so that two taps make one address.
    lock(db, User, learner.id)
    found = agreement_on(db, learner, opportunity, part)
    if found and found.agrees:
        raise Conflict(_("Somebody has said yes already."))
    if found and is_open(found, now):
        return found
    if found and found.answered_at is None:
        found.ended_at = now
        db.flush()
    key = uuid4()
    agreement = Agreement(
        uuid=key,
        learner=learner,
        opportunity=opportunity,
        part=part,
        token_hash=hash_token(token_of(key, secret=secret, kind=LINK_KIND)),
        asked_at=now,
        expires_at=now + ASKED_FOR,
    )
    db.add(agreement)
    db.flush()
    return agreement


def end_agreement(db: Session, *, learner: User, uuid: UUID, now: datetime) -> Agreement:
    """Take back what was asked, or a yes that stands. Twice is harmless; the row stays. Flushes.

    :raises NotFound: the learner asked no such thing.
    """
    agreement = own_agreement(db, learner, uuid)
    if agreement is None:
        raise NotFound(_("We cannot find that."))
    lock(db, Agreement, agreement.id)
    agreement.ended_at = agreement.ended_at or now
    db.flush()
    return agreement


def answer(
    db: Session, *, token_hash: str, agrees: bool, name: str, role: str, now: datetime
) -> Agreement:
    """Keep what an adult says: once. Flushes.

    The learner reads the name and the role, and nothing else from this adult.

    :raises NotFound: the address asks nothing, or nothing any more.
    :raises Conflict: the name or the role holds what must not stand there.
    """
    agreement = asked_by(db, token_hash)
    if agreement is None:
        raise NotFound(_no_longer_asked())
    if screen([name, role]):
        raise Conflict(_("Write only your name and how you know them: no number, no address."))
    kept = (
        update(Agreement)
        .where(
            Agreement.id == agreement.id,
            Agreement.answered_at.is_(None),
            Agreement.ended_at.is_(None),
            Agreement.expires_at > now,
        )
        .values(answered_at=now, agrees=agrees, name=name, role=role)
        .returning(Agreement.id)
    )
    if db.scalar(kept) is None:
        raise NotFound(_no_longer_asked())
    db.refresh(agreement)
    return agreement


def _refusal(found: Finding) -> Refusal:
    words = sentence(found)
    if found.why in (WhyNot.SCHOOL_YEAR_UNKNOWN, WhyNot.DO_NOT_FIT):
        return SchoolYearNeeded(words)
    if found.why is WhyNot.IN_SCHOOL_HOURS:
        return YesNeeded(words, Part.SCHOOL)
    return NotAllowed(words)


def _no_longer_asked() -> str:
    return _("This link has been used, has ended, or was never there. Ask for a new one.")
