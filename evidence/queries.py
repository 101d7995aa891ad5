"""What a learner shows, asked for in the ways that pages need. Each question says whose."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from accounts.models import User
from evidence.models import EvidencePiece, Rendition, State, Upload
from opportunities.models import ScheduledSession
from participation.models import Attendance, Booking

#: A page of what a learner shows.
PAGE = 20


@dataclass
class PiecesFor:
    """What was shown with bookings, things logged and badges, by the id of each; oldest first."""

    bookings: dict[int, list[EvidencePiece]] = field(default_factory=dict)
    logged: dict[int, list[EvidencePiece]] = field(default_factory=dict)
    credentials: dict[int, list[EvidencePiece]] = field(default_factory=dict)


def pieces_of(
    db: Session,
    learner: User,
    *,
    only_shown: bool = False,
    only_shared: bool = False,
    limit: int = PAGE,
    offset: int = 0,
) -> Sequence[EvidencePiece]:
    """Return what a learner has, newest first, each with its files. A try that another follows is left out.

    :param only_shown: only what others may ever be shown: no private tries, nothing that is not ready.
    :param only_shared: only what adults may see of that whom the learner lets see evidence.
    """
    found = _standing(learner, only_shown=only_shown or only_shared)
    if only_shared:
        found = found.where(EvidencePiece.is_shared)
    newest = found.order_by(EvidencePiece.made_at.desc(), EvidencePiece.id.desc())
    return db.scalars(newest.limit(limit).offset(offset)).all()


def pieces_for(
    db: Session,
    learner: User,
    *,
    bookings: Collection[int] = (),
    logged: Collection[int] = (),
    credentials: Collection[int] = (),
    only_shown: bool = True,
) -> PiecesFor:
    """Return what a learner showed with these, by one question however many there are.

    :param bookings: ids of bookings; `logged` of things logged, `credentials` of badges.
    """
    found = PiecesFor()
    asked = (
        (EvidencePiece.booking_id, bookings, found.bookings),
        (EvidencePiece.logged_activity_id, logged, found.logged),
        (EvidencePiece.credential_id, credentials, found.credentials),
    )
    wanted = [column.in_(ids) for column, ids, _into in asked if ids]
    if not wanted:
        return found
    those = _standing(learner, only_shown=only_shown).where(or_(*wanted)).order_by(EvidencePiece.id)
    for piece in db.scalars(those):
        for column, ids, into in asked:
            belongs_to = getattr(piece, column.key)
            if belongs_to in ids:
                into.setdefault(belongs_to, []).append(piece)
    return found


def own_piece(db: Session, learner: User, uuid: UUID) -> EvidencePiece | None:
    """Return one piece of this learner's, with its files and what it belongs with."""
    own = select(EvidencePiece).filter_by(uuid=uuid, learner_id=learner.id)
    return db.scalar(own.options(*_with_all()))


def hello_of(db: Session, learner: User) -> EvidencePiece | None:
    """Return the piece with which a learner says hello on their own profile, with its files."""
    own = select(EvidencePiece).filter_by(learner_id=learner.id, is_hello=True)
    return db.scalar(own.options(selectinload(EvidencePiece.renditions)))


def piece_at(db: Session, uuid: UUID) -> EvidencePiece | None:
    """Return a piece with its files, for whoever holds an address that we signed for them."""
    found = select(EvidencePiece).filter_by(uuid=uuid)
    return db.scalar(found.options(selectinload(EvidencePiece.renditions)))


def shown_pieces(db: Session, learner: User, uuids: Collection[UUID]) -> Sequence[EvidencePiece]:
    """Return those of a learner's pieces that have these addresses and others may be shown, oldest first."""
    found = _standing(learner, only_shown=True).where(EvidencePiece.uuid.in_(uuids))
    return db.scalars(found.order_by(EvidencePiece.id)).all()


def earlier_tries(db: Session, piece: EvidencePiece) -> list[EvidencePiece]:
    """Return the tries that a piece stands for now, the last before it first."""
    tries = []
    while piece.follows_id is not None:
        piece = db.get_one(EvidencePiece, piece.follows_id)
        tries.append(piece)
    return tries


def later_try(db: Session, piece: EvidencePiece) -> EvidencePiece | None:
    """Return the try after this one, if there is one."""
    return db.scalar(select(EvidencePiece).filter_by(follows_id=piece.id))


def may_be_shown(db: Session, piece: EvidencePiece) -> bool:
    """Return whether others may ever be shown it: no private try, nothing unready, none that another follows."""
    return piece.state is State.READY and not piece.is_try and later_try(db, piece) is None


def attended_by(db: Session, learner: User, *, limit: int = 30) -> Sequence[Booking]:
    """Return the bookings that a learner came to, the latest first, with what each was of."""
    came = (
        select(Booking)
        .join(Attendance, Attendance.booking_id == Booking.id)
        .join(Booking.scheduled_session)
        .filter(Booking.learner_id == learner.id)
        .options(joinedload(Booking.scheduled_session).joinedload(ScheduledSession.opportunity))
        .order_by(ScheduledSession.starts_at.desc(), Booking.id)
    )
    return db.scalars(came.limit(limit)).all()


def own_booking(db: Session, learner: User, uuid: UUID) -> Booking | None:
    """Return a booking of this learner's."""
    return db.scalar(select(Booking).filter_by(uuid=uuid, learner_id=learner.id))


def bytes_kept_for(db: Session, learner: User) -> int:
    """Return how much room the files of a learner take."""
    kept = select(func.coalesce(func.sum(Rendition.bytes), 0)).join(Rendition.piece)
    return int(db.scalar(kept.where(EvidencePiece.learner_id == learner.id)) or 0)


def own_upload(db: Session, learner: User, uuid: UUID) -> Upload | None:
    """Return a file of this learner's that is, or was, on its way in."""
    return db.scalar(select(Upload).filter_by(uuid=uuid, learner_id=learner.id))


def unfinished_uploads(db: Session, learner: User, *, now: datetime) -> Sequence[Upload]:
    """Return the files of a learner that are on their way in, the oldest first."""
    live = select(Upload).where(
        Upload.learner_id == learner.id, Upload.closed_at.is_(None), Upload.expires_at > now
    )
    return db.scalars(live.order_by(Upload.started_at, Upload.id)).all()


def uploads_since(db: Session, learner: User, since: datetime) -> tuple[int, int]:
    """Return how many files a learner began to send since then, and how many bytes those are."""
    lately = select(func.count(), func.coalesce(func.sum(Upload.length), 0))
    number, size = db.execute(
        lately.where(Upload.learner_id == learner.id, Upload.started_at > since)
    ).one()
    return number, int(size)


def upload_of(db: Session, piece: EvidencePiece) -> Upload | None:
    """Return what a piece came as, while that is known."""
    return db.scalar(select(Upload).filter_by(piece_id=piece.id))


def ended_uploads(db: Session, *, before: datetime, limit: int) -> Sequence[Upload]:
    """Return uploads that nobody needs any more: run out before then, and not waiting to be made anew."""
    waits = exists().where(
        EvidencePiece.id == Upload.piece_id, EvidencePiece.state == State.WAITING
    )
    return db.scalars(
        select(Upload).where(Upload.expires_at < before, ~waits).order_by(Upload.id).limit(limit)
    ).all()


def waiting_since(db: Session, before: datetime) -> Sequence[EvidencePiece]:
    """Return pieces that have waited since before then to be made anew."""
    return db.scalars(
        select(EvidencePiece).where(
            EvidencePiece.state == State.WAITING, EvidencePiece.made_at < before
        )
    ).all()


def known_pieces(db: Session, uuids: Collection[str]) -> set[str]:
    """Return those of these that are pieces of somebody's."""
    wanted = []
    for each in uuids:
        try:
            wanted.append(UUID(each))
        except ValueError:
            continue
    found = db.scalars(select(EvidencePiece.uuid).where(EvidencePiece.uuid.in_(wanted)))
    return {str(each) for each in found}


def known_uploads(db: Session, uuids: Collection[UUID]) -> set[UUID]:
    """Return those of these that are files on their way in."""
    return set(db.scalars(select(Upload.uuid).where(Upload.uuid.in_(uuids))))


def _standing(learner: User, *, only_shown: bool) -> Select[EvidencePiece]:
    later = aliased(EvidencePiece)
    found = (
        select(EvidencePiece)
        .where(
            EvidencePiece.learner_id == learner.id,
            ~exists().where(later.follows_id == EvidencePiece.id),
        )
        .options(selectinload(EvidencePiece.renditions))
    )
    if only_shown:
        found = found.where(EvidencePiece.state == State.READY, EvidencePiece.is_try.is_(False))
    return found


def _with_all() -> tuple:
    session = joinedload(EvidencePiece.booking).joinedload(Booking.scheduled_session)
    return (
        selectinload(EvidencePiece.renditions),
        session.joinedload(ScheduledSession.opportunity),
        joinedload(EvidencePiece.logged_activity),
        joinedload(EvidencePiece.credential),
    )
