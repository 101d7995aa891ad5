"""Questions about badges, each asked with who wants to know where a learner's badge is concerned."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from accounts.models import User
from badges.models import Achievement, AchievementCredential, IssuerKey
from providers.models import Provider


def badges_of(db: Session, learner: User) -> Sequence[AchievementCredential]:
    """Return the badges a learner holds, newest first, each with its achievement and issuer loaded.

    One that was taken back is no longer held.
    """
    held = (
        _credentials()
        .filter_by(recipient_id=learner.id, revoked_at=None)
        .order_by(AchievementCredential.awarded_at.desc(), AchievementCredential.id.desc())
    )
    return db.scalars(held).all()


def badge_shown_to(db: Session, viewer: User | None, uuid: UUID) -> AchievementCredential | None:
    """Return a badge if `viewer` may see it: its own learner, or anyone once it is public.

    `None` for one that is not theirs to see, as for one that is not there.
    """
    credential = db.scalar(_credentials().filter_by(uuid=uuid))
    if credential is None or credential.is_public:
        return credential
    is_own = viewer is not None and credential.recipient_id == viewer.id
    return credential if is_own else None


def own_badge(db: Session, learner: User, uuid: UUID) -> AchievementCredential | None:
    """Return a learner's own badge, whether it still stands or not."""
    return db.scalar(_credentials().filter_by(uuid=uuid, recipient_id=learner.id))


def credential_of(
    db: Session, recipient: User, achievement: Achievement
) -> AchievementCredential | None:
    """Return the one credential by which `recipient` holds, or once held, an achievement."""
    return db.scalar(
        select(AchievementCredential).filter_by(
            achievement_id=achievement.id, recipient_id=recipient.id
        )
    )


def achievement_named(db: Session, slug: str) -> Achievement | None:
    """Return what a badge stands for, by its address, with its issuer loaded."""
    named = select(Achievement).filter_by(slug=slug).options(joinedload(Achievement.issuer))
    return db.scalar(named)


def achievements_of(db: Session, issuer: Provider) -> Sequence[Achievement]:
    """Return all that an issuer gives badges for, by name."""
    return db.scalars(
        select(Achievement).filter_by(issuer_id=issuer.id).order_by(Achievement.name)
    ).all()


def issuer_named(db: Session, slug: str) -> Provider | None:
    """Return an issuer by its address."""
    return db.scalar(select(Provider).filter_by(slug=slug))


def issuer_with_status_list(db: Session, number: int) -> Provider | None:
    """Return the issuer whose revocation list has this number."""
    return db.get(Provider, number)


def keys_of(db: Session, issuer: Provider) -> Sequence[IssuerKey]:
    """Return every key an issuer has signed with, newest first."""
    return db.scalars(
        select(IssuerKey).filter_by(issuer_id=issuer.id).order_by(IssuerKey.id.desc())
    ).all()


def current_key_of(db: Session, issuer: Provider) -> IssuerKey | None:
    """Return the key an issuer signs with now, if it has needed one yet."""
    return db.scalar(select(IssuerKey).filter_by(issuer_id=issuer.id, retired_at=None))


def revoked_indexes_of(db: Session, issuer: Provider) -> Sequence[int]:
    """Return the places in the issuer's revocation list of the badges that were taken back."""
    return db.scalars(
        select(AchievementCredential.status_index)
        .where(
            AchievementCredential.issuer_id == issuer.id,
            AchievementCredential.revoked_at.is_not(None),
        )
        .order_by(AchievementCredential.status_index)
    ).all()


def _credentials():
    return select(AchievementCredential).options(
        joinedload(AchievementCredential.achievement).joinedload(Achievement.issuer),
        joinedload(AchievementCredential.issuer),
        joinedload(AchievementCredential.recipient),
    )
