"""What is known of a learner's age, school and permissions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from accounts.models import User
from geo.models import Area
from geo.rulebook import nation_of
from opportunities.models import Opportunity
from permission.models import Agreement, Part, SchoolYear
from permission.pupils import Pupil


def school_year_said(db: Session, learner: User) -> SchoolYear | None:
    """Return the school year that a learner told us, if they were ever asked."""
    return db.get(SchoolYear, learner.id)


def pupil_of(db: Session, learner: User) -> Pupil:
    """Return what is known of a learner's age and school. The nation is that where they live."""
    said = school_year_said(db, learner)
    home = db.get(Area, learner.home_lsoa_code)
    band = learner.age_band
    if home is None or band is None:
        raise ValueError("Only learners have a home area and an age band.")
    return Pupil(
        ages=band.ages,
        nation=nation_of(home.lsoa_code),
        school_year=said.year if said else None,
        said_on=said.said_on if said else None,
    )


def agreement_on(
    db: Session, learner: User, opportunity: Opportunity, part: Part
) -> Agreement | None:
    """Return the yes that stands, or what waits for an answer, or the latest no; in this order."""
    own = select(Agreement).filter_by(
        learner_id=learner.id, opportunity_id=opportunity.id, part=part, ended_at=None
    )
    newest_first = db.scalars(own.order_by(Agreement.id.desc())).all()
    return next((each for each in newest_first if each.agrees is not False), None) or next(
        iter(newest_first), None
    )


def has_yes(db: Session, learner: User, opportunity: Opportunity, part: Part) -> bool:
    """Return whether somebody has said yes for this part, and it stands."""
    found = agreement_on(db, learner, opportunity, part)
    return found is not None and found.agrees is True


def asked_by(db: Session, token_hash: str) -> Agreement | None:
    """Return what an address asks an adult, answered or not, with what it is about."""
    asked = (
        select(Agreement)
        .filter_by(token_hash=token_hash)
        .options(
            joinedload(Agreement.learner),
            joinedload(Agreement.opportunity).joinedload(Opportunity.provider),
        )
    )
    return db.scalar(asked)


def own_agreement(db: Session, learner: User, uuid: UUID) -> Agreement | None:
    """Return one of a learner's own, asked or answered."""
    return db.scalar(select(Agreement).filter_by(uuid=uuid, learner_id=learner.id))


def is_open(agreement: Agreement, now: datetime) -> bool:
    """Return whether the adult can still answer."""
    return (
        agreement.ended_at is None and agreement.answered_at is None and now < agreement.expires_at
    )
