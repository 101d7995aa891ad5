"""Groups of young people that an authority names, and who is in one: known to themselves alone.

An officer makes codes and hands them to adults who work with those young people; who types one is in.
No list of names ever exists, no officer, organiser or other learner can ask who is in, and what is
counted is said in fives.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, contains_eager, joinedload

from accounts.models import Role, User
from accounts.passes import new_pass_code, read_pass_code
from accounts.throttle import keyed_hash
from app.errors import Conflict, NotAllowed, NotFound
from geo.models import City
from opportunities.models import Opportunity, ScheduledSession
from opportunities.queries import is_on_offer
from participation.kept_places import is_kept_for
from participation.locks import hold_learner, locked_session
from participation.models import Booking, BookingStatus, Group, GroupCode, GroupMember, KeptPlaces
from participation.no_shows import city_of
from participation.small_numbers import SMALLEST_SHOWN
from participation.waiting import settle
from providers.queries import speaks_for

#: How long a code may work, in days. The shortest is offered first.
CODE_DAYS = (7, 14, 30)
#: Of how many sessions a learner's page tells.
_MOST_SHOWN = 20


class NoSuchCode(Conflict):
    """A code that was never made, is over, or let in as many as it may: all look alike."""


def groups_in_city(db: Session, city_id: int) -> Sequence[Group]:
    """Return the groups of a city, by name."""
    return db.scalars(select(Group).filter_by(city_id=city_id).order_by(Group.name)).all()


def groups_of_officer(db: Session, officer: User) -> Sequence[Group]:
    """Return the groups of the officer's own city, by name.

    :raises NotAllowed: no officer of a city.
    """
    return groups_in_city(db, city_of(officer))


def group_for_officer(db: Session, officer: User, uuid: UUID) -> Group:
    """Return a group of the officer's own city.

    :raises NotFound: there is none, or it is another city's: the two look alike.
    """
    group = db.scalar(select(Group).filter_by(uuid=uuid, city_id=city_of(officer)))
    if group is None:
        raise NotFound(_("We cannot find that group."))
    return group


def name_group(db: Session, *, officer: User, name: str, name_cy: str, now: datetime) -> Group:
    """Name a group for the officer's own city. Flushes.

    :raises NotAllowed: no officer of a city.
    :raises Conflict: there is one of that name.
    """
    city_id = city_of(officer)
    # Two who name the same at once wait for each other.
    db.execute(select(City.id).filter_by(id=city_id).with_for_update(key_share=True))
    same = select(Group.id).where(Group.city_id == city_id, func.lower(Group.name) == name.lower())
    if db.scalar(same) is not None:
        raise Conflict(_("There is a group of that name."))
    group = Group(
        city_id=city_id, name=name, name_cy=name_cy or name, made_by_id=officer.id, made_at=now
    )
    db.add(group)
    db.flush()
    return group


def end_group(db: Session, *, officer: User, uuid: UUID, now: datetime) -> None:
    """Forget a group, its codes and who was in it. What was kept for it is everyone's at once. Flushes.

    :raises NotFound: no such group in the officer's own city.
    """
    group = group_for_officer(db, officer, uuid)
    # Held before its codes and what is kept for it, as everywhere.
    db.execute(select(Group.id).filter_by(id=group.id).with_for_update())
    kept = select(KeptPlaces.opportunity_id).filter_by(group_id=group.id)
    touched = list(db.scalars(kept.order_by(KeptPlaces.opportunity_id)))
    db.execute(delete(Group).where(Group.id == group.id))
    for opportunity_id in touched:
        _settle_all(db, opportunity_id, now)


def make_code(
    db: Session, *, officer: User, uuid: UUID, most: int, days: int, secret: str, now: datetime
) -> str:
    """Make a code that lets so many young people into a group, for so many days. Flushes.

    It is returned this once: nobody can read it again.

    :raises NotFound: no such group in the officer's own city.
    """
    group, code = group_for_officer(db, officer, uuid), new_pass_code()
    db.add(
        GroupCode(
            code_hash=_hash(code, secret),
            group_id=group.id,
            most=most,
            made_by_id=officer.id,
            made_at=now,
            expires_at=now + timedelta(days=days),
        )
    )
    db.flush()
    return code


def end_code(db: Session, *, officer: User, uuid: UUID, code_uuid: UUID) -> None:
    """Let a code work no more. Who came in with it stays. Twice is harmless.

    :raises NotFound: no such group in the officer's own city.
    """
    group = group_for_officer(db, officer, uuid)
    db.execute(delete(GroupCode).filter_by(uuid=code_uuid, group_id=group.id))


def open_codes(db: Session, officer: User, uuid: UUID, *, now: datetime) -> Sequence[GroupCode]:
    """Return the codes of a group whose time is not over, the last first; whether used is not told.

    :raises NotFound: no such group in the officer's own city.
    """
    group = group_for_officer(db, officer, uuid)
    found = select(GroupCode).where(GroupCode.group_id == group.id, GroupCode.expires_at > now)
    return db.scalars(found.order_by(GroupCode.id.desc())).all()


def about_how_many(db: Session, officer: User, uuid: UUID) -> int:
    """Return how many are in a group at least, in steps of five: who comes in is not seen to do so.

    :raises NotFound: no such group in the officer's own city.
    """
    group = group_for_officer(db, officer, uuid)
    members = db.scalar(select(func.count()).where(GroupMember.group_id == group.id)) or 0
    return members // SMALLEST_SHOWN * SMALLEST_SHOWN


def join_group(db: Session, *, learner: User, code: str, secret: str, now: datetime) -> Group:
    """Let a learner into the group of a code, as they typed it. Twice is harmless. Flushes.

    Whoever waits in line where places are kept for it is offered one at once.

    :raises NotAllowed: no learner.
    :raises NoSuchCode: there is no such code, its time is over, or it let in as many as it may.
    """
    if learner.role is not Role.LEARNER:
        raise NotAllowed(_("Only a young person with a pass can join a group."))
    hold_learner(db, learner)
    group, held = _group_and_code(db, code, secret)
    if group is None or held is None or held.expires_at <= now:
        raise _no_such_code()
    if _is_in(db, learner, group):
        return group
    if held.used >= held.most:
        raise _no_such_code()
    held.used += 1
    db.add(GroupMember(learner_id=learner.id, group_id=group.id))
    db.flush()
    _settle_where_waiting(db, learner, group, now)
    return group


def leave_group(db: Session, *, learner: User, uuid: UUID) -> None:
    """Take a learner out of a group. Places they have stay theirs. Twice is harmless. Flushes."""
    hold_learner(db, learner)
    group_id = select(Group.id).filter_by(uuid=uuid).scalar_subquery()
    db.execute(delete(GroupMember).filter_by(learner_id=learner.id, group_id=group_id))


def own_groups(db: Session, learner: User) -> Sequence[Group]:
    """Return the groups that a learner is in, by name. Asked for themselves and nobody else."""
    found = select(Group).join(GroupMember, GroupMember.group_id == Group.id)
    return db.scalars(found.where(GroupMember.learner_id == learner.id).order_by(Group.name)).all()


def sessions_kept_for(db: Session, learner: User, *, now: datetime) -> list[ScheduledSession]:
    """Return sessions to come where places are kept now for a group the learner is in, soonest first."""
    found = (
        select(ScheduledSession)
        .join(ScheduledSession.opportunity)
        .options(
            contains_eager(ScheduledSession.opportunity).options(
                joinedload(Opportunity.provider, innerjoin=True),
                joinedload(Opportunity.place, innerjoin=True),
            )
        )
        .where(
            ScheduledSession.kept_capacity > 0,
            ScheduledSession.kept_until > now,
            ScheduledSession.starts_at > now,
            ScheduledSession.cancelled_at.is_(None),
            is_kept_for(learner.id),
        )
        .order_by(ScheduledSession.starts_at, ScheduledSession.id)
        .limit(_MOST_SHOWN)
    )
    return [each for each in db.scalars(found) if is_on_offer(each.opportunity, now)]


def keep_places(
    db: Session,
    *,
    opportunity: Opportunity,
    by: User,
    group_uuid: UUID,
    places: int,
    hours_before: int,
    now: datetime,
) -> KeptPlaces:
    """Keep so many places of each session for a group, until so many hours before the start. Flushes.

    Of a session at most half of the places are kept, and of one that somebody had booked none.

    :raises NotAllowed: `by` does not speak for its provider.
    :raises NotFound: the provider's city has no such group.
    :raises Conflict: those who ask are answered first, so that their names are seen.
    """
    _refuse_strangers(db, by, opportunity)
    group = db.scalar(
        _held_group().filter_by(uuid=group_uuid, city_id=opportunity.provider.city_id)
    )
    if group is None:
        raise NotFound(_("We cannot find that group."))
    if not opportunity.is_instant:
        raise Conflict(needs_instant())
    row = {
        "group_id": group.id,
        "places": places,
        "hours_before": hours_before,
        "set_by_id": by.id,
        "set_at": now,
    }
    kept = insert(KeptPlaces).values(opportunity_id=opportunity.id, **row)
    kept = kept.on_conflict_do_update(index_elements=["opportunity_id"], set_=row)
    rule = db.scalars(
        kept.returning(KeptPlaces), execution_options={"populate_existing": True}
    ).one()
    _settle_all(db, opportunity.id, now)
    return rule


def keep_none(db: Session, *, opportunity: Opportunity, by: User, now: datetime) -> None:
    """Keep no places of something any more: they are everyone's at once. Flushes.

    :raises NotAllowed: `by` does not speak for its provider.
    """
    _refuse_strangers(db, by, opportunity)
    db.execute(delete(KeptPlaces).where(KeptPlaces.opportunity_id == opportunity.id))
    _settle_all(db, opportunity.id, now)


def rule_of(db: Session, opportunity: Opportunity) -> KeptPlaces | None:
    """Return what is kept of something, and for whom, nothing where nothing is."""
    return db.get(KeptPlaces, opportunity.id, populate_existing=True)


def needs_instant() -> str:
    return _("Places can be kept only where everyone gets a place at once, without being asked.")


def _refuse_strangers(db: Session, by: User, opportunity: Opportunity) -> None:
    if not speaks_for(db, by, opportunity.provider):
        raise NotAllowed(_("You cannot act for this organisation."))


def _settle_all(db: Session, opportunity_id: int, now: datetime) -> None:
    """Share out anew what is left of each session to come."""
    coming = select(ScheduledSession.id).where(
        ScheduledSession.opportunity_id == opportunity_id, ScheduledSession.starts_at > now
    )
    _settle_each(db, list(db.scalars(coming)), now)


def _settle_where_waiting(db: Session, learner: User, group: Group, now: datetime) -> None:
    waited_for = (
        select(Booking.scheduled_session_id)
        .join(Booking.scheduled_session)
        .join(KeptPlaces, KeptPlaces.opportunity_id == ScheduledSession.opportunity_id)
        .where(
            Booking.learner_id == learner.id,
            Booking.status == BookingStatus.WAITING,
            KeptPlaces.group_id == group.id,
            ScheduledSession.starts_at > now,
        )
    )
    _settle_each(db, list(db.scalars(waited_for)), now)


def _settle_each(db: Session, session_ids: Sequence[int], now: datetime) -> None:
    for session_id in sorted(session_ids):
        settle(db, locked_session(db, id=session_id), now)


def _is_in(db: Session, learner: User, group: Group) -> bool:
    own = select(GroupMember.group_id).filter_by(learner_id=learner.id, group_id=group.id)
    return db.scalar(own) is not None


def _group_and_code(db: Session, typed: str, secret: str) -> tuple[Group | None, GroupCode | None]:
    """Return the code that someone meant, and its group, both held: only so many come in at once."""
    code_hash = _hash(read_pass_code(typed), secret)
    of = select(GroupCode.group_id).filter_by(code_hash=code_hash).scalar_subquery()
    group = db.scalar(_held_group().where(Group.id == of))
    code = select(GroupCode).filter_by(code_hash=code_hash).with_for_update()
    return group, db.scalar(code, execution_options={"populate_existing": True})


def _held_group() -> Select[Group]:
    """Return the question for a group that nobody ends until the transaction does."""
    return select(Group).with_for_update(read=True, key_share=True)


def _hash(code: str, secret: str) -> str:
    return keyed_hash(secret, "group code", code)


def _no_such_code() -> NoSuchCode:
    return NoSuchCode(
        _("This code does not work, or not any more. Ask the adult who gave it to you.")
    )
