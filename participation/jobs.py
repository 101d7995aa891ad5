"""Background work of taking part: whoever earned a badge is told of it."""

from app import clock
from app.db import unit_of_work
from app.jobs import job
from badges.models import AchievementCredential
from notices.kinds import NoticeKind
from notices.service import tell


@job
def tell_of_badge(credential_id: int) -> None:
    """Tell a learner of a badge, once, unless it was taken back meanwhile."""
    with unit_of_work() as db:
        credential = db.get(AchievementCredential, credential_id)
        if credential is None or credential.revoked_at is not None:
            return
        tell(
            db,
            to=credential.recipient,
            kind=NoticeKind.BADGE_GIVEN,
            key=f"badge_given:{credential.uuid}",
            values={
                "badge": credential.achievement.name,
                # The page of `profiles.views.record`: a room above, which no import may reach.
                "path": f"/me/badges/{credential.uuid}",
            },
            now=clock.now(),
        )
