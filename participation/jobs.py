"""Background work of taking part: whoever earned a badge is told of it."""

from datetime import datetime

from sqlalchemy.orm import Session

from app import clock
from app.db import unit_of_work
from app.jobs import job
from badges.models import AchievementCredential
from notices.kinds import NoticeKind
from notices.service import tell


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
