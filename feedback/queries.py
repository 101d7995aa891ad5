"""What adults said to learners. Whoever asks is named, and sees only what is theirs to see."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    any_,
    cast,
    exists,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session, joinedload, selectinload

from accounts.access import AUTHORITY_ROLES, PROVIDER_ROLES
from accounts.models import User
from app.clock import LONDON
from app.errors import NotFound
from badges.models import AchievementCredential, Skill
from enquiries.models import MessageState
from feedback.models import (
    Feedback,
    FeedbackLook,
    FeedbackReply,
    FeedbackRequest,
    GiverKind,
)
from geo.models import Area, City
from geo.queries import area_named, city_of_area, lies_in
from opportunities.models import Opportunity, ScheduledSession
from participation.models import Booking
from participation.queries import live_attendance
from providers.models import Provider, ProviderMember
from providers.queries import keeps_door
from providers.standing import is_trusted, trusted
from supporters.models import SupporterLink, SupportScope
from supporters.queries import allows, link_between, link_to, supported_by

_MOST = 200
#: Whoever held a session can say something for so long after it.
AFTER_SESSION = timedelta(days=30)
_REACHES = (MessageState.SENT, MessageState.RELEASED)


def feedback_of(
    db: Session,
    learner: User,
    *,
    skill: Skill | None = None,
    kind: GiverKind | None = None,
    is_hidden: bool = False,
    limit: int = _MOST,
) -> Sequence[Feedback]:
    """Return what reached a learner, the last first: what they show, or else what they put away.

    Nothing that is held or was stopped.

    :param skill: only what names this skill.
    :param kind: only what this kind of giver said.
    """
    found = _reaching(learner).where(
        Feedback.hidden_at.is_not(None) if is_hidden else Feedback.hidden_at.is_(None)
    )
    if skill is not None:
        found = found.where(literal(skill.value) == any_(Feedback.skills))
    if kind is not None:
        found = found.where(Feedback.giver_kind == kind)
    return db.scalars(found.limit(limit)).all()


def feedback_about(
    db: Session,
    learner: User,
    *,
    bookings: Collection[int] = (),
    logged: Collection[int] = (),
    credentials: Collection[int] = (),
) -> Sequence[Feedback]:
    """Return what reached a learner about any of these, by their ids, the last first.

    Nothing that they put away.
    """
    about = or_(
        Feedback.booking_id.in_(bookings),
        Feedback.logged_activity_id.in_(logged),
        Feedback.credential_id.in_(credentials),
    )
    return db.scalars(_reaching(learner).where(about, Feedback.hidden_at.is_(None))).all()


def own_feedback(db: Session, learner: User, uuid: UUID) -> Feedback:
    """Return one thing that was said to a learner, put away or not.

    :raises NotFound: there is none, it has not reached them, or it is somebody else's.
    """
    found = db.scalar(_reaching(learner).where(Feedback.uuid == uuid))
    if found is None:
        raise NotFound(_("We cannot find that."))
    return found


def feedback_for(db: Session, adult: User, uuid: UUID, now: datetime) -> Feedback:
    """Return one thing that was said to a learner, for an adult who may read it now.

    Those who may see the learner's record read what the learner shows; whoever wrote it reads it
    while they may still write to that learner.

    :raises NotFound: there is none, or it is not theirs to read: they look alike.
    """
    found = db.scalar(_feedback().where(Feedback.uuid == uuid, Feedback.hidden_at.is_(None)))
    if found is None or not _may_read(db, adult, found, now):
        raise NotFound(_("We cannot find that."))
    return found


def link_to_write(db: Session, adult: User, learner_uuid: UUID, now: datetime) -> SupporterLink:
    """Return the link by which an adult may write to the learner of an address.

    :raises NotFound: there is no such learner, or they may not: the two look alike.
    """
    link = link_to(db, adult, learner_uuid, now)
    if not allows(link, SupportScope.COMMENT):
        raise NotFound(_("We cannot find that."))
    return link


def may_write(db: Session, adult: User, feedback: Feedback, now: datetime) -> bool:
    """Say whether an adult wrote this, and may still write to that learner."""
    if feedback.giver_id != adult.id:
        return False
    if feedback.giver_kind is GiverKind.ORGANISER:
        return feedback.booking is not None and stands_at_door_of(db, adult, feedback.booking, now)
    link = link_between(db, adult, feedback.learner, now)
    return link is not None and allows(link, SupportScope.COMMENT)


def stands_at_door_of(db: Session, adult: User, booking: Booking, now: datetime) -> bool:
    """Say whether somebody keeps the door of the session that a learner had a place on."""
    provider = booking.scheduled_session.opportunity.provider
    return is_trusted(provider, now) and keeps_door(db, adult, provider)


def given_by(db: Session, adult: User, now: datetime) -> Sequence[Feedback]:
    """Return what an adult said to those whom they help and may write to, the last first."""
    helped = [
        link.learner_id
        for link in supported_by(db, adult, now)
        if allows(link, SupportScope.COMMENT)
    ]
    own = _feedback().where(
        Feedback.giver_id == adult.id,
        Feedback.learner_id.in_(helped),
        Feedback.giver_kind != GiverKind.ORGANISER,
        Feedback.hidden_at.is_(None),
    )
    return db.scalars(own.limit(_MOST)).all()


def said_since(db: Session, feedback: Feedback) -> Sequence[FeedbackReply]:
    """Return what was said since, in order, with what is held: for the giver and for officers."""
    said = select(FeedbackReply).filter_by(feedback_id=feedback.id)
    return db.scalars(said.order_by(FeedbackReply.said_at, FeedbackReply.id)).all()


def said_to_learner(db: Session, feedback: Feedback) -> list[FeedbackReply]:
    """Return what was said since, in order: nothing that is held or was stopped."""
    return [each for each in said_since(db, feedback) if each.reaches_learner]


def everything_said(db: Session, feedback: Feedback) -> str:
    """Return all that was said as text, with who and when."""
    first = " / ".join(
        filter(None, (feedback.what_went_well, feedback.even_better_if, feedback.try_next))
    )
    lines = [_line(feedback.given_at, feedback.giver_name, first, feedback.state)]
    for each in said_since(db, feedback):
        name = "-" if each.from_learner else feedback.giver_name
        lines.append(_line(each.said_at, name, each.words, each.state))
    return "\n".join(lines)


def request_for(db: Session, token_hash: str, now: datetime) -> FeedbackRequest | None:
    """Return what a learner asks whoever holds an address, while it can be answered."""
    found = _requests().where(FeedbackRequest.token_hash == token_hash, _is_open(now))
    return db.scalar(found)


def asked_of(db: Session, adult: User, now: datetime) -> list[FeedbackRequest]:
    """Return what those whom an adult helps ask of them, the first asked first."""
    links = {
        link.learner_id
        for link in supported_by(db, adult, now)
        if allows(link, SupportScope.COMMENT)
    }
    waiting = _requests().where(FeedbackRequest.asked_of_id == adult.id, _is_open(now))
    return [each for each in db.scalars(waiting) if each.learner_id in links]


def own_requests(db: Session, learner: User, now: datetime) -> Sequence[FeedbackRequest]:
    """Return what a learner asks and nobody has answered yet, the last first."""
    own = _requests().where(FeedbackRequest.learner_id == learner.id, _is_open(now))
    return db.scalars(own.order_by(None).order_by(FeedbackRequest.id.desc())).all()


def own_request(db: Session, learner: User, uuid: UUID, now: datetime) -> FeedbackRequest:
    """Return one thing that a learner asks.

    :raises NotFound: there is none, it is over, or it is somebody else's.
    """
    for each in own_requests(db, learner, now):
        if each.uuid == uuid:
            return each
    raise NotFound(_("We cannot find that."))


def came_to(db: Session, member: User, now: datetime) -> list[tuple[Booking, bool]]:
    """Return who came lately to what somebody's organisation held, the last first.

    Each with whether this member has said something of it.
    """
    if member.role not in PROVIDER_ROLES:
        return []
    said = exists().where(Feedback.booking_id == Booking.id, Feedback.giver_id == member.id)
    found = _came_lately(now).add_columns(said).where(_is_team_of(member), trusted(now))
    order = found.order_by(ScheduledSession.starts_at.desc(), User.name, Booking.id)
    return [(booking, is_said) for booking, is_said in db.execute(order.limit(_MOST))]


def booking_to_speak_of(db: Session, member: User, uuid: UUID, now: datetime) -> Booking:
    """Return a place on a session of one's organisation to which the learner came lately.

    :raises NotFound: there is none, or it is another's: they look alike.
    """
    found = _came_lately(now).where(_is_team_of(member), trusted(now), Booking.uuid == uuid)
    booking = db.scalar(found) if member.role in PROVIDER_ROLES else None
    if booking is None:
        raise NotFound(_("We cannot find that."))
    return booking


def city_of_learner(db: Session, learner: User) -> City | None:
    """Return the city whose officers look after a learner, if one does."""
    home = area_named(db, learner.home_lsoa_code) if learner.home_lsoa_code else None
    return city_of_area(db, home) if home else None


def before_officer(db: Session, officer: User) -> list[tuple[Feedback, int]]:
    """Return what was said to learners of the officer's city, and how much of it is held: that first.

    No words: those need a reason.
    """
    held_replies = (
        select(func.count())
        .where(FeedbackReply.feedback_id == Feedback.id, FeedbackReply.state == MessageState.HELD)
        .scalar_subquery()
    )
    held = held_replies + cast(Feedback.state == MessageState.HELD, Integer)
    found = _for_officer(officer).add_columns(held.label("held"))
    order = found.order_by(None).order_by((held > 0).desc(), Feedback.given_at.desc())
    return [(each, number) for each, number in db.execute(order.limit(_MOST))]


def feedback_for_officer(db: Session, officer: User, uuid: UUID) -> Feedback:
    """Return what an officer may read, once they have said why.

    :raises NotFound: there is none, or the learner is of another city.
    """
    found = db.scalar(_for_officer(officer).where(Feedback.uuid == uuid))
    if found is None:
        raise NotFound(_("We cannot find that."))
    return found


def looks_at(db: Session, feedback: Feedback) -> Sequence[FeedbackLook]:
    """Return which officers read it, and why, the first first."""
    looks = select(FeedbackLook).filter_by(feedback_id=feedback.id)
    return db.scalars(looks.order_by(FeedbackLook.looked_at, FeedbackLook.id)).all()


def _feedback() -> Select[Feedback]:
    return (
        select(Feedback)
        .options(*_with_what_it_is_about(Feedback), joinedload(Feedback.learner))
        .order_by(Feedback.given_at.desc(), Feedback.id.desc())
    )


def is_shown() -> ColumnElement[bool]:
    """Return the condition of what reached its learner and was not put away."""
    return and_(Feedback.state.in_(_REACHES), Feedback.hidden_at.is_(None))


def _reaching(learner: User) -> Select[Feedback]:
    return _feedback().where(Feedback.learner_id == learner.id, Feedback.state.in_(_REACHES))


def _requests() -> Select[FeedbackRequest]:
    return (
        select(FeedbackRequest)
        .options(
            *_with_what_it_is_about(FeedbackRequest),
            joinedload(FeedbackRequest.learner),
            joinedload(FeedbackRequest.asked_of),
        )
        .order_by(FeedbackRequest.id)
    )


def _with_what_it_is_about(of: type[Feedback] | type[FeedbackRequest]):
    session = selectinload(of.booking).joinedload(Booking.scheduled_session)
    return (
        session.joinedload(ScheduledSession.opportunity).joinedload(Opportunity.provider),
        selectinload(of.logged_activity),
        selectinload(of.credential).joinedload(AchievementCredential.achievement),
    )


def _is_open(now: datetime) -> ColumnElement[bool]:
    return and_(
        FeedbackRequest.answered_at.is_(None),
        FeedbackRequest.ended_at.is_(None),
        FeedbackRequest.expires_at > now,
    )


def _may_read(db: Session, adult: User, feedback: Feedback, now: datetime) -> bool:
    if may_write(db, adult, feedback, now):
        return True
    link = link_between(db, adult, feedback.learner, now)
    is_let = link is not None and allows(link, SupportScope.SEE_RECORD)
    return is_let and feedback.reaches_learner


def _came_lately(now: datetime) -> Select[Booking]:
    return (
        select(Booking)
        .join(Booking.scheduled_session)
        .join(ScheduledSession.opportunity)
        .join(Opportunity.provider)
        .join(Booking.learner)
        .options(
            joinedload(Booking.learner),
            joinedload(Booking.scheduled_session)
            .joinedload(ScheduledSession.opportunity)
            .joinedload(Opportunity.provider),
        )
        .where(
            live_attendance(Booking.id),
            ScheduledSession.starts_at > now - AFTER_SESSION,
            User.disabled_at.is_(None),
        )
    )


def _is_team_of(member: User) -> ColumnElement[bool]:
    return (
        select(ProviderMember.user_id)
        .where(
            ProviderMember.provider_id == Provider.id,
            ProviderMember.user_id == member.id,
            ProviderMember.ended_at.is_(None),
        )
        .exists()
    )


def _for_officer(officer: User) -> Select[Feedback]:
    if officer.role not in AUTHORITY_ROLES or officer.city is None:
        return _feedback().where(false())
    homes = select(Area.lsoa_code).where(lies_in(officer.city))
    return _feedback().join(Feedback.learner).where(User.home_lsoa_code.in_(homes))


def _line(at: datetime, name: str, words: str, state: MessageState) -> str:
    return f"[{at.astimezone(LONDON):%Y-%m-%d %H:%M}] {name}: {words} ({state.value})"
