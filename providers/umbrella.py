"""Organisations that belong to another: one asks, the other says yes or no, either may end it.

The admins of the body may post for a member. They see none of its registers, and are not in its team.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from accounts.models import User
from app.errors import Conflict, NotAllowed, NotFound
from providers.models import Provider, ProviderStatus, UmbrellaRequest
from providers.queries import runs
from providers.standing import is_trusted

#: What the council has stopped or sent back is nobody's to find.
_HIDDEN = (ProviderStatus.SUSPENDED, ProviderStatus.REFUSED)


def ask(
    db: Session, *, umbrella: Provider, asked_by: User, name: str, now: datetime
) -> UmbrellaRequest:
    """Ask an organisation of the same city, by its name or address, to belong to `umbrella`. Flushes.

    :raises NotAllowed: `asked_by` is no admin there.
    :raises NotFound: there is no such organisation.
    :raises Conflict: more than one has that name, the body is not checked or belongs to another
        itself, or the other is asked already, belongs to somebody, or has members of its own.
    """
    _refuse_others(db, asked_by, umbrella)
    member = _named(db, umbrella, name)
    _hold(db, umbrella, member)
    if not is_trusted(umbrella, now):
        raise Conflict(_("Only an organisation that the council has checked can ask others."))
    _refuse_unfit(db, umbrella, member)
    request = UmbrellaRequest(
        umbrella=umbrella, member=member, asked_by_id=asked_by.id, asked_at=now
    )
    try:
        with db.begin_nested():
            db.add(request)
    except IntegrityError as clash:
        raise Conflict(_("You have asked them already.")) from clash
    return request


def answer(
    db: Session, *, member: Provider, answered_by: User, uuid: UUID, is_agreed: bool, now: datetime
) -> UmbrellaRequest:
    """Say yes or no to a body that asks. Flushes.

    :raises NotAllowed: `answered_by` is no admin of the one that is asked.
    :raises NotFound: nobody asks under this key.
    :raises Conflict: one of the two belongs to somebody by now, or has members.
    """
    _refuse_others(db, answered_by, member)
    request = _open(db, uuid, UmbrellaRequest.member_id == member.id)
    _hold(db, request.umbrella, request.member)
    if is_agreed:
        _refuse_unfit(db, request.umbrella, request.member)
        request.member.umbrella_id = request.umbrella_id
    request.answered_at, request.is_agreed = now, is_agreed
    db.flush()
    return request


def take_back(
    db: Session, *, umbrella: Provider, taken_by: User, uuid: UUID, now: datetime
) -> None:
    """Ask no more. Flushes.

    :raises NotAllowed: `taken_by` is no admin of the body that asks.
    :raises NotFound: it asks nobody under this key.
    """
    _refuse_others(db, taken_by, umbrella)
    request = _open(db, uuid, UmbrellaRequest.umbrella_id == umbrella.id)
    request.answered_at = now
    db.flush()


def end(db: Session, *, provider: Provider, ended_by: User, member_uuid: UUID) -> None:
    """Let a member belong to its body no more, from the next request on. Either may say so. Flushes.

    :param provider: the body, or the member itself.
    :raises NotAllowed: `ended_by` is no admin of `provider`.
    :raises NotFound: no such member of that body.
    """
    _refuse_others(db, ended_by, provider)
    member = db.scalar(
        select(Provider)
        .where(
            Provider.uuid == member_uuid,
            Provider.umbrella_id.is_not(None),
            or_(Provider.umbrella_id == provider.id, Provider.id == provider.id),
        )
        .with_for_update(),
        execution_options={"populate_existing": True},
    )
    if member is None:
        raise NotFound(_("We cannot find that organisation."))
    member.umbrella_id = None
    db.flush()


def members_of(db: Session, umbrella: Provider) -> Sequence[Provider]:
    """Return the organisations that belong to a body, by name."""
    found = select(Provider).filter_by(umbrella_id=umbrella.id)
    return db.scalars(found.order_by(Provider.name, Provider.id)).all()


def asked_of(db: Session, member: Provider) -> Sequence[UmbrellaRequest]:
    """Return which bodies ask an organisation to belong to them, the oldest question first."""
    return _waiting(db, UmbrellaRequest.member_id == member.id)


def asked_by(db: Session, umbrella: Provider) -> Sequence[UmbrellaRequest]:
    """Return whom a body asks to belong to it, the oldest question first."""
    return _waiting(db, UmbrellaRequest.umbrella_id == umbrella.id)


def _waiting(db: Session, condition) -> Sequence[UmbrellaRequest]:
    found = (
        select(UmbrellaRequest)
        .where(condition, UmbrellaRequest.answered_at.is_(None))
        .options(
            joinedload(UmbrellaRequest.umbrella, innerjoin=True),
            joinedload(UmbrellaRequest.member, innerjoin=True),
        )
    )
    return db.scalars(found.order_by(UmbrellaRequest.id)).all()


def _open(db: Session, uuid: UUID, condition) -> UmbrellaRequest:
    found = select(UmbrellaRequest).where(
        condition, UmbrellaRequest.uuid == uuid, UmbrellaRequest.answered_at.is_(None)
    )
    request = db.scalar(found.with_for_update(), execution_options={"populate_existing": True})
    if request is None:
        raise NotFound(_("That question is not open any more."))
    return request


def _named(db: Session, umbrella: Provider, name: str) -> Provider:
    """Return the one organisation of the city with this address, or with this name."""
    slug = name.rstrip("/").rsplit("/", 1)[-1]
    there = select(Provider).where(
        Provider.city_id == umbrella.city_id, Provider.status.not_in(_HIDDEN)
    )
    by_address = db.scalar(there.where(Provider.slug == slug))
    if by_address is not None:
        return by_address
    by_name = there.where(func.lower(Provider.name) == name.lower())
    found = db.scalars(by_name.order_by(Provider.id).limit(2)).all()
    if not found:
        raise NotFound(_("We cannot find an organisation of that name in your city."))
    if len(found) > 1:
        raise Conflict(_("More than one has that name. Ask them for the address of their page."))
    return found[0]


def _hold(db: Session, *both: Provider) -> None:
    """Hold both rows, the older first, so that two who ask each other do not wait for each other."""
    ids = [provider.id for provider in both]
    held = select(Provider).where(Provider.id.in_(ids)).order_by(Provider.id).with_for_update()
    db.scalars(held, execution_options={"populate_existing": True}).all()


def _refuse_unfit(db: Session, umbrella: Provider, member: Provider) -> None:
    if umbrella.id == member.id:
        raise Conflict(_("That is your own organisation."))
    if member.umbrella_id == umbrella.id:
        raise Conflict(_("They belong to you already."))
    # One step and no more: who may act for whom can be seen at a glance.
    if umbrella.umbrella_id is not None:
        raise Conflict(_("Who belongs to an organisation can have no members of its own."))
    if member.umbrella_id is not None or members_of(db, member):
        raise Conflict(_("They belong to another organisation, or have members of their own."))


def _refuse_others(db: Session, user: User, provider: Provider) -> None:
    if not runs(db, user, provider):
        raise NotAllowed(_("Only an admin can change this."))
