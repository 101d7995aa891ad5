"""What a learner showed for a badge, at an address that opens only while they let it."""

from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from accounts.models import User
from app.errors import Conflict, NotFound
from badges.models import AchievementCredential, Evidence
from badges.queries import own_badge

#: For how many days the address can be opened, each time.
OPEN_DAYS = (7, 30, 90)


def keep_evidence(db: Session, *, credential: AchievementCredential, words: str) -> None:
    """Keep what was shown for a badge, closed until its learner opens it. Flushes.

    What was shown first stays: the badge names its address.
    """
    if db.get(Evidence, credential.id) is None:
        db.add(Evidence(credential_id=credential.id, words=words))
        db.flush()


def open_evidence(
    db: Session, *, learner: User, badge_uuid: UUID, days: int, now: datetime
) -> None:
    """Let whoever has the badge read what was shown, for so many days; 0 closes it. Flushes.

    :raises NotFound: no such badge of this learner's, or nothing was shown for it.
    :raises Conflict: the badge was taken back.
    """
    badge = own_badge(db, learner, badge_uuid)
    shown = db.get(Evidence, badge.id) if badge is not None else None
    if badge is None or shown is None:
        raise NotFound(_("We cannot find that badge."))
    if badge.revoked_at is not None and days:
        raise Conflict(_("A badge that was taken back cannot be shared."))
    shown.open_until = now + timedelta(days=days) if days else None
    db.flush()


def is_open(evidence: Evidence, *, now: datetime) -> bool:
    """Say whether whoever has the address can read it now."""
    return evidence.open_until is not None and evidence.open_until > now


def evidence_at(
    db: Session, uuid: UUID, *, now: datetime
) -> tuple[Evidence, AchievementCredential]:
    """Return what was shown, with its badge, for whoever has the address while it is open.

    :raises NotFound: it is closed, or was never there: the two look alike.
    """
    found = db.execute(
        select(Evidence, AchievementCredential)
        .join(AchievementCredential, Evidence.credential_id == AchievementCredential.id)
        .options(
            joinedload(AchievementCredential.achievement), joinedload(AchievementCredential.issuer)
        )
        .where(
            Evidence.uuid == uuid,
            Evidence.open_until > now,
            AchievementCredential.revoked_at.is_(None),
        )
    ).one_or_none()
    if found is None:
        raise NotFound(_("This is closed now. Ask whoever showed you the badge to open it again."))
    return found[0], found[1]
