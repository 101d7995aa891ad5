"""Background work of taking part: places that came free, what was earned, and what is forgotten."""

from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy.orm import Session

from app import clock
from app.db import current_db, unit_of_work
from app.jobs import job, regularly
from badges.models import AchievementCredential
from notices.kinds import NoticeKind
from notices.service import tell
from participation.care import forget_people
from participation.chain import agreeing, ask_next, confirm_agreed
from participation.once import forget_old
from participation.service import settle_session
from participation.telling import tell_changes
from participation.waiting import unsettled


@dataclass
class Tidied:
    """What became of places that wait for something, in numbers."""

    settled: int = 0
    agreed: int = 0
    told: int = 0
    forgotten: int = 0


@regularly("*/5 * * * *")
def tidy() -> None:
    """Offer what came free to who waits, and tell what was moved or called off."""
    settle_places()


@regularly("10 * * * *")
def forget() -> None:
    """Delete whom to ring a day after each session, and the names of guests."""
    with unit_of_work() as db:
        forget_people(db, clock.now())


def settle_places() -> Tidied:
    """Give what all have said yes to, offer what came free, tell what changed; say how much that was.

    Nothing waits for this: a place whose time is over is free for whoever comes. Commits session by
    session.
    """
    tidied, now = Tidied(), clock.of_database(current_db())
    for booking_uuid in agreeing(current_db(), now):
        with unit_of_work() as db:
            tidied.agreed += confirm_agreed(db, booking_uuid=booking_uuid, now=now)
    for session_id in unsettled(current_db(), now=now):
        with unit_of_work() as db:
            settle_session(db, session_id, now=now)
        tidied.settled += 1
    with unit_of_work() as db:
        tidied.told = tell_changes(db, now=now)
        tidied.forgotten = forget_old(db, now=now)
    return tidied


@job
def tell_next(booking_id: int) -> None:
    """Ask whose turn it is to say yes to a place that is held, or tell the learner to ask."""
    with unit_of_work() as db:
        secret = current_app.config["SECRET_KEY"]
        ask_next(db, booking_id=booking_id, secret=secret, now=clock.now())


@job
def tell_of_badge(credential_id: int) -> None:
    """Tell a learner of a badge, unless it was taken back meanwhile."""
    with unit_of_work() as db:
        credential = db.get(AchievementCredential, credential_id)
        if credential is not None and credential.revoked_at is None:
            tell_badge(db, credential, now=clock.now())


def tell_badge(db: Session, credential: AchievementCredential, *, now: datetime) -> bool:
    """Tell a learner of a badge, once; return whether it is news. Flushes."""
    return tell(
        db,
        to=credential.recipient,
        kind=NoticeKind.BADGE_GIVEN,
        key=f"badge_given:{credential.uuid}",
        values={
            "badge": credential.achievement.name,
            # The page of `profiles.views.record`, a room above: a link may point up.
            "path": f"/me/badges/{credential.uuid}",
        },
        now=now,
    )
