"""Asking for a badge with words about what one did, and the words of whoever looks at it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, selectinload

from accounts.models import User
from app.errors import Conflict, NotFound
from app.jobs import defer
from awards.models import AwardRequest, RequestState
from awards.standing import refuse_name, require_team
from badges.evidence import keep_evidence
from badges.models import Achievement, RubricLevel
from badges.queries import achievement_named, credential_of
from badges.service import award
from notices.kinds import NoticeKind
from notices.service import tell
from opportunities.models import Opportunity, ScheduledSession
from participation.models import Attendance, Booking
from providers.models import Provider
from providers.queries import team_of

#: How long after it was looked at a request is still shown to the team.
SHOWN_FOR = timedelta(days=180)


def let_ask(db: Session, *, achievement: Achievement, takes_requests: bool) -> None:
    """Let young people ask for a badge, or no more. What was asked for stays to be answered. Flushes."""
    achievement.takes_requests = takes_requests
    db.flush()


def why_not_ask(db: Session, learner: User, achievement: Achievement) -> str:
    """Return why this learner cannot ask for a badge, in a sentence; "" where they can."""
    if not achievement.takes_requests:
        return _("This badge cannot be asked for.")
    held = credential_of(db, learner, achievement)
    if held is not None and held.revoked_at is None:
        return _("You have this badge already.")
    if _open_request(db, learner, achievement) is not None:
        return _("You have asked for it. Somebody will look at it.")
    if _last_session(db, learner, achievement.issuer_id) is None:
        return _("You can ask once you were there and they confirmed it.")
    return ""


def ask(
    db: Session, *, learner: User, achievement: Achievement, words: str, now: datetime
) -> AwardRequest:
    """Ask for a badge, with words about what one did. The team of the organisation is told. Flushes.

    :raises Conflict: it cannot be asked for, they have it or asked already, or were never there.
    """
    if refusal := why_not_ask(db, learner, achievement):
        raise Conflict(refusal)
    request = AwardRequest(
        achievement_id=achievement.id, learner_id=learner.id, words=words, asked_at=now
    )
    try:
        with db.begin_nested():
            db.add(request)
    except IntegrityError:
        raise Conflict(_("You have asked for it. Somebody will look at it.")) from None
    for member in team_of(db, achievement.issuer):
        tell(
            db,
            to=member.user,
            kind=NoticeKind.BADGE_ASKED,
            key=f"badge_asked:{request.uuid}",
            values={"badge": achievement.name, "path": "/provide/badges/asked"},
            now=now,
        )
    return request


def withdraw(db: Session, *, learner: User, uuid: UUID) -> None:
    """Take back what one asked for. Its words are deleted with it. Twice is harmless. Flushes.

    :raises Conflict: it was looked at already.
    """
    request = _held(db, AwardRequest.uuid == uuid, AwardRequest.learner_id == learner.id)
    if request is None:
        return
    if request.state is not RequestState.ASKED:
        raise Conflict(_("Somebody has looked at it already."))
    db.delete(request)
    db.flush()


def give(
    db: Session,
    *,
    uuid: UUID,
    keeper: User,
    provider: Provider,
    feedback: str,
    level: int | None,
    now: datetime,
) -> None:
    """Give a badge that was asked for, with words about what was seen. Flushes.

    :param level: the number of one of the badge's own words for it, where it has any.
    :raises NotAllowed: not of the team of a checked organisation.
    :raises NotFound: nobody asked it for that.
    :raises Conflict: it was looked at already, or the words name the one they are about.
    """
    request = _to_look_at(db, uuid, keeper, provider, now)
    refuse_name(feedback, request.learner)
    badge = achievement_named(db, request.achievement.slug) or request.achievement
    begun, ended = _last_session(db, request.learner, provider.id) or (request.asked_at,) * 2
    credential = award(
        db,
        achievement=badge,
        recipient=request.learner,
        evidence=f"Showed what they did, and {provider.name} looked at it.",
        narrative=feedback,
        seen=chosen_level(badge, level),
        activity_started_at=begun,
        activity_ended_at=ended,
        ground="asked",
        now=now,
    )
    keep_evidence(db, credential=credential, words=request.words)
    _answer(db, request, RequestState.GIVEN, keeper, feedback, now)
    defer(db, "participation.tell_of_badge", credential_id=credential.id)


def say_not_yet(
    db: Session, *, uuid: UUID, keeper: User, provider: Provider, feedback: str, now: datetime
) -> None:
    """Answer a request with what to try next. One can ask again. Flushes.

    :raises NotAllowed: not of the team of a checked organisation.
    :raises NotFound: nobody asked it for that.
    :raises Conflict: it was looked at already.
    """
    request = _to_look_at(db, uuid, keeper, provider, now)
    _answer(db, request, RequestState.NOT_YET, keeper, feedback, now)
    tell(
        db,
        to=request.learner,
        kind=NoticeKind.BADGE_ANSWERED,
        key=f"badge_answered:{request.uuid}",
        values={"badge": request.achievement.name, "path": "/me/badges/asked"},
        now=now,
    )


def chosen_level(achievement: Achievement, position: int | None) -> RubricLevel | None:
    """Return one of a badge's own words for what was seen, by its number.

    :raises Conflict: it has no such word.
    """
    if position is None:
        return None
    for level in achievement.rubric_levels:
        if level.position == position:
            return level
    raise Conflict(_("Choose from the list."))


def asked_by(db: Session, learner: User) -> Sequence[AwardRequest]:
    """Return what a learner asked for, the last first, with the answers. For themselves alone."""
    own = select(AwardRequest).filter_by(learner_id=learner.id)
    return db.scalars(_with_all(own).order_by(AwardRequest.id.desc()).limit(100)).all()


def asked_of(
    db: Session, keeper: User, provider: Provider, *, now: datetime
) -> Sequence[AwardRequest]:
    """Return what was asked of an organisation: what waits first, then what was answered lately.

    Everyone of the team sees all of it, answers too.

    :raises NotAllowed: not of the team of a checked organisation.
    """
    require_team(db, keeper, provider, now=now)
    own = (
        select(AwardRequest)
        .join(AwardRequest.achievement)
        .where(
            Achievement.issuer_id == provider.id,
            func.coalesce(AwardRequest.assessed_at, AwardRequest.asked_at) > now - SHOWN_FOR,
        )
        .order_by(AwardRequest.state != RequestState.ASKED, AwardRequest.id)
    )
    return db.scalars(_with_all(own).limit(200)).all()


def _with_all(requests: Select) -> Select:
    return requests.options(
        joinedload(AwardRequest.achievement).options(
            joinedload(Achievement.issuer), selectinload(Achievement.rubric_levels)
        ),
        joinedload(AwardRequest.learner),
        joinedload(AwardRequest.assessed_by),
    ).execution_options(populate_existing=True)


def _answer(
    db: Session,
    request: AwardRequest,
    state: RequestState,
    keeper: User,
    feedback: str,
    now: datetime,
) -> None:
    request.state, request.feedback = state, feedback
    request.assessed_by_id, request.assessed_at = keeper.id, now
    db.flush()


def _to_look_at(
    db: Session, uuid: UUID, keeper: User, provider: Provider, now: datetime
) -> AwardRequest:
    require_team(db, keeper, provider, now=now)
    request = _held(db, AwardRequest.uuid == uuid)
    if request is None or request.achievement.issuer_id != provider.id:
        raise NotFound(_("We cannot find that. It may have been taken back."))
    if request.state is not RequestState.ASKED:
        raise Conflict(_("Somebody has looked at it already."))
    return request


def _held(db: Session, *wanted) -> AwardRequest | None:
    held = select(AwardRequest).where(*wanted).with_for_update()
    return db.scalar(held, execution_options={"populate_existing": True})


def _open_request(db: Session, learner: User, achievement: Achievement) -> AwardRequest | None:
    return db.scalar(
        select(AwardRequest)
        .join(AwardRequest.achievement)
        .where(
            Achievement.slug == achievement.slug,
            AwardRequest.learner_id == learner.id,
            AwardRequest.state == RequestState.ASKED,
        )
        .limit(1)
    )


def _last_session(db: Session, learner: User, provider_id: int) -> tuple[datetime, datetime] | None:
    """Return when the last session was at which an organisation confirmed a learner."""
    row = db.execute(
        select(ScheduledSession.starts_at, ScheduledSession.ends_at)
        .join(Booking, Booking.scheduled_session_id == ScheduledSession.id)
        .join(Attendance, Attendance.booking_id == Booking.id)
        .join(ScheduledSession.opportunity)
        .where(
            Booking.learner_id == learner.id,
            Opportunity.provider_id == provider_id,
            Attendance.withdrawn_at.is_(None),
        )
        .order_by(ScheduledSession.starts_at.desc())
        .limit(1)
    ).one_or_none()
    return tuple(row) if row else None
