"""Questions about what organisations say for each other. Whatever is shown is asked here.

Shown is what both said yes to, what is signed and has not ended, while the council vouches for both
and neither belongs to the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from accounts.models import User
from badges.models import Achievement, Endorsement, EndorsementEnd
from providers.models import Provider
from providers.standing import trusted

#: So many stand inside a badge, newest first, and on a page.
MOST_SHOWN = 5
#: So many organisations a search by name brings.
MOST_FOUND = 10

_Endorser = aliased(Provider)
_Issuer = aliased(Provider)


def shown_for_badge(db: Session, achievement: Achievement, now: datetime) -> Sequence[Endorsement]:
    """Return what is said for a badge, newest first: `MOST_SHOWN` at most, one of each organisation."""
    about = _shown(now).where(Endorsement.achievement_id == achievement.id)
    return db.scalars(about.limit(MOST_SHOWN)).all()


def shown_for_organisation(db: Session, issuer: Provider, now: datetime) -> Sequence[Endorsement]:
    """Return what is said for an organisation itself, newest first: `MOST_SHOWN` at most."""
    about = _shown(now).where(
        Endorsement.issuer_id == issuer.id, Endorsement.achievement_id.is_(None)
    )
    return db.scalars(about.limit(MOST_SHOWN)).all()


def endorsements_to_embed(
    db: Session, achievement: Achievement, *, now: datetime
) -> Sequence[Endorsement]:
    """Return what is said for a badge, to stand inside one, newest first.

    Held until the transaction ends: whoever takes a key back waits for the badge, and then finds it.
    """
    about = _shown(now).where(Endorsement.achievement_id == achievement.id).limit(MOST_SHOWN)
    held = about.with_for_update(read=True, of=Endorsement)
    return db.scalars(held, execution_options={"populate_existing": True}).all()


def endorsement_shown(db: Session, uuid: UUID, now: datetime) -> Endorsement | None:
    """Return what is said, by its address, if anyone may read it."""
    return db.scalar(_shown(now).where(Endorsement.uuid == uuid))


def is_endorsement_being_signed(db: Session, uuid: UUID) -> bool:
    """Say whether both have said yes to what has this address, and a worker is to sign it."""
    return db.scalar(_being_signed().where(Endorsement.uuid == uuid)) is not None


def endorsement_that_ended(db: Session, uuid: UUID) -> Endorsement | None:
    """Return what was said once, was there for anyone to read, and has ended."""
    ended = _endorsements().where(
        Endorsement.uuid == uuid,
        Endorsement.accepted_at.is_not(None),
        Endorsement.ended_at.is_not(None),
    )
    return db.scalar(ended)


@dataclass(frozen=True)
class Board:
    """All that is asked and said between an organisation and others, as its own people see it."""

    #: Others ask it to say something.
    to_answer: Sequence[Endorsement]
    #: Others want to say something for it.
    to_accept: Sequence[Endorsement]
    #: It has said this.
    given: Sequence[Endorsement]
    #: This is said for it.
    about: Sequence[Endorsement]
    #: It asks others, who have not answered yet.
    asked: Sequence[Endorsement]


def board_of(db: Session, provider: Provider) -> Board:
    """Return what is asked and said between an organisation and others, the newest first."""
    found = _endorsements().where(
        or_(Endorsement.endorser_id == provider.id, Endorsement.issuer_id == provider.id),
        Endorsement.ended_at.is_(None),
    )
    open_ones = db.scalars(found.order_by(Endorsement.id.desc())).all()
    own = [each for each in open_ones if each.endorser_id == provider.id]
    others = [each for each in open_ones if each.issuer_id == provider.id]
    return Board(
        to_answer=[each for each in own if each.given_at is None],
        to_accept=[each for each in others if each.given_at and each.accepted_at is None],
        given=[each for each in own if each.given_at],
        about=[each for each in others if each.accepted_at],
        asked=[each for each in others if each.given_at is None],
    )


def asked_of(db: Session, endorser: Provider, uuid: UUID) -> Endorsement | None:
    """Return what an organisation is asked to say and has not answered."""
    asked = _endorsements().where(
        Endorsement.uuid == uuid,
        Endorsement.endorser_id == endorser.id,
        Endorsement.given_at.is_(None),
        Endorsement.ended_at.is_(None),
    )
    return db.scalar(asked)


def endorsement_between(db: Session, provider: Provider, uuid: UUID) -> Endorsement | None:
    """Return what is asked or said between an organisation and another, as long as it is open."""
    open_one = _endorsements().where(
        Endorsement.uuid == uuid,
        or_(Endorsement.endorser_id == provider.id, Endorsement.issuer_id == provider.id),
        Endorsement.ended_at.is_(None),
    )
    return db.scalar(open_one)


def number_waiting_of(db: Session, provider: Provider) -> int:
    """Return how much an organisation has asked or offered that the other has not answered."""
    waiting = select(func.count(Endorsement.id)).where(
        Endorsement.ended_at.is_(None),
        Endorsement.accepted_at.is_(None),
        or_(
            and_(Endorsement.issuer_id == provider.id, Endorsement.given_at.is_(None)),
            and_(Endorsement.endorser_id == provider.id, Endorsement.given_at.is_not(None)),
        ),
    )
    return db.scalar(waiting) or 0


def ended_so(
    db: Session, *, endorser: Provider, issuer: Provider, ways: set[EndorsementEnd], since: datetime
) -> bool:
    """Say whether something between the two ended in one of these ways since some time."""
    ended = select(Endorsement.id).where(
        Endorsement.endorser_id == endorser.id,
        Endorsement.issuer_id == issuer.id,
        Endorsement.ending.in_(ways),
        Endorsement.ended_at > since,
    )
    return db.scalar(ended.limit(1)) is not None


def organisations_to_ask(
    db: Session, issuer: Provider, *, name: str, now: datetime
) -> Sequence[Provider]:
    """Return the organisations of the issuer's city with `name` in theirs that it may ask, by name."""
    found = select(Provider).where(
        Provider.city_id == issuer.city_id,
        Provider.name.icontains(name, autoescape=True),
        trusted(now),
        Provider.id != issuer.id,
        # One step and no more: see `providers.umbrella`.
        func.coalesce(Provider.umbrella_id, 0) != issuer.id,
        func.coalesce(Provider.umbrella_id, 0) != (issuer.umbrella_id or -1),
        Provider.id != (issuer.umbrella_id or 0),
    )
    return db.scalars(found.order_by(Provider.name, Provider.id).limit(MOST_FOUND)).all()


def organisation_to_ask(
    db: Session, issuer: Provider, uuid: UUID, now: datetime
) -> Provider | None:
    """Return an organisation of the issuer's city that the council vouches for."""
    found = select(Provider).where(
        Provider.uuid == uuid, Provider.city_id == issuer.city_id, trusted(now)
    )
    return db.scalar(found)


def given_in_city_of(db: Session, officer: User) -> Sequence[Endorsement]:
    """Return what is said or offered in the officer's city, the newest first."""
    given = _in_city_of(officer).where(
        Endorsement.given_at.is_not(None), Endorsement.ended_at.is_(None)
    )
    return db.scalars(given.order_by(Endorsement.given_at.desc(), Endorsement.id.desc())).all()


def given_before_officer(db: Session, officer: User, uuid: UUID) -> Endorsement | None:
    """Return what is said or offered, or was, by or for an organisation of the officer's city."""
    given = _in_city_of(officer).where(Endorsement.uuid == uuid, Endorsement.given_at.is_not(None))
    return db.scalar(given)


def endorsements_to_sign(db: Session) -> Sequence[int]:
    """Return the ids of what is said and not signed yet, or signed with a key that is no longer safe."""
    return db.scalars(_being_signed().order_by(Endorsement.id)).all()


def are_kin(one: Provider, other: Provider) -> bool:
    """Say whether two organisations are one, or belong to each other or to the same body."""
    bodies = [{each.id, each.umbrella_id} - {None} for each in (one, other)]
    return bool(bodies[0] & bodies[1])


def _being_signed() -> Select[int]:
    return select(Endorsement.id).where(
        Endorsement.accepted_at.is_not(None),
        Endorsement.ended_at.is_(None),
        Endorsement.signed_document.is_(None),
    )


def _in_city_of(officer: User) -> Select[Endorsement]:
    there = select(Provider.id).where(Provider.city_id == officer.city_id)
    return _endorsements().where(
        or_(Endorsement.endorser_id.in_(there), Endorsement.issuer_id.in_(there))
    )


def _endorsements() -> Select[Endorsement]:
    return select(Endorsement).options(
        joinedload(Endorsement.endorser, innerjoin=True),
        joinedload(Endorsement.issuer, innerjoin=True),
        joinedload(Endorsement.achievement),
    )


def _shown(now: datetime) -> Select[Endorsement]:
    return (
        select(Endorsement)
        .join(Endorsement.endorser.of_type(_Endorser))
        .join(Endorsement.issuer.of_type(_Issuer))
        .outerjoin(Endorsement.achievement)
        .options(
            contains_eager(Endorsement.endorser.of_type(_Endorser)),
            contains_eager(Endorsement.issuer.of_type(_Issuer)),
            contains_eager(Endorsement.achievement),
        )
        .where(
            Endorsement.signed_document.is_not(None),
            Endorsement.ended_at.is_(None),
            trusted(now, _Endorser),
            trusted(now, _Issuer),
            _are_strangers(),
        )
        .order_by(Endorsement.accepted_at.desc(), Endorsement.id.desc())
    )


def _are_strangers() -> ColumnElement[bool]:
    """Organisations may come to belong together after one has spoken for the other."""
    return and_(
        func.coalesce(_Endorser.umbrella_id, 0) != _Issuer.id,
        func.coalesce(_Issuer.umbrella_id, 0) != _Endorser.id,
        func.coalesce(_Endorser.umbrella_id, 0) != func.coalesce(_Issuer.umbrella_id, -1),
    )
