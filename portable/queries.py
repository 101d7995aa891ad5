"""What is on its way out and in, asked only of the learner."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import Role, User
from accounts.passes import read_pass_code
from portable.models import BroughtBundle, BroughtState, Bundle, BundleState


def bundle_of(db: Session, learner: User, now: datetime) -> Bundle | None:
    """Return what a learner asked to take along, until it is gone after a day."""
    own = select(Bundle).where(Bundle.learner_id == learner.id, Bundle.expires_at > now)
    return db.scalar(own)


def ready_bundle(db: Session, learner: User, now: datetime) -> Bundle | None:
    """Return what a learner can download now."""
    bundle = bundle_of(db, learner, now)
    return bundle if bundle and bundle.state is BundleState.READY else None


def brought_by(db: Session, learner: User, *, limit: int = 5) -> Sequence[BroughtBundle]:
    """Return the files that a learner brought, the last first."""
    own = select(BroughtBundle).filter_by(learner_id=learner.id)
    return db.scalars(own.order_by(BroughtBundle.id.desc()).limit(limit)).all()


def own_brought(db: Session, learner: User, uuid: UUID) -> BroughtBundle | None:
    """Return one file that this learner brought."""
    return db.scalar(select(BroughtBundle).filter_by(uuid=uuid, learner_id=learner.id))


def kept_by_another(db: Session, brought: BroughtBundle) -> bool:
    """Return whether another learner has kept a file of the same person there."""
    other = select(BroughtBundle.id).where(
        BroughtBundle.subject_hash == brought.subject_hash,
        BroughtBundle.learner_id != brought.learner_id,
        BroughtBundle.state == BroughtState.KEPT,
    )
    return db.scalar(other.limit(1)) is not None


def bundles_past(db: Session, now: datetime) -> Sequence[Bundle]:
    """Return bundles whose day is over."""
    return db.scalars(select(Bundle).where(Bundle.expires_at <= now).limit(500)).all()


def known_bundles(db: Session, uuids: Collection[UUID]) -> set[UUID]:
    """Return those of these that are bundles of somebody's."""
    return set(db.scalars(select(Bundle.uuid).where(Bundle.uuid.in_(uuids))))


def brought_since(db: Session, before: datetime) -> Sequence[BroughtBundle]:
    """Return files that have waited since before then to be looked at."""
    waiting = select(BroughtBundle).where(
        BroughtBundle.done_at.is_(None), BroughtBundle.came_at < before
    )
    return db.scalars(waiting).all()


def learner_by_name(db: Session, pass_or_uuid: str) -> User | None:
    """Return the learner whose pass or random number an operator gives."""
    try:
        key: dict = {"uuid": UUID(pass_or_uuid)}
    except ValueError:
        key = {"pass_code": read_pass_code(pass_or_uuid)}
    return db.scalar(select(User).filter_by(role=Role.LEARNER, **key))
