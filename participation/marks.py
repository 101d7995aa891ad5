"""What was said at the door, kept for good, and what follows from it.

Phones say things late, twice and in any order, so what stands is worked out from all that was said
and never from what arrived last. One recorder, which is one person on one phone, has one word: the
last by that phone's own clock. Among the words of several the latest counts. Where it was said by
somebody who could not know of another's word, because that one had not arrived yet, the two differ,
and the register shows it. Taking back what one said takes back what one could know of, nothing else.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from accounts.models import User
from participation.models import AttendanceMark, Booking, Method, Said


@dataclass(frozen=True)
class Tap:
    """One tap as a phone tells of it; `at` is by the phone's own clock."""

    uuid: UUID
    booking_uuid: UUID
    said: Said
    method: Method
    at: datetime


@dataclass(frozen=True)
class Word:
    """What stands of one booking, and whether two who did not know of each other differ."""

    said: Said
    mark: AttendanceMark | None
    is_doubted: bool


def note_marks(
    db: Session,
    taps: Iterable[tuple[Tap, Booking]],
    *,
    marked_by: User,
    device_uuid: UUID | None,
    sent_at: datetime,
    now: datetime,
) -> None:
    """Keep what was tapped, each tap once however often it is sent. Flushes.

    :param sent_at: when the phone sent it, by its own clock: a clock that is wrong is seen by it.
    """
    rows = [
        {
            "uuid": tap.uuid,
            "booking_id": booking.id,
            "said": tap.said,
            "method": tap.method,
            "marked_by_id": marked_by.id,
            "device_uuid": device_uuid,
            "device_at": tap.at,
            "said_at": now - max(sent_at - tap.at, timedelta()),
            "received_at": now,
        }
        for tap, booking in taps
    ]
    if rows:
        db.execute(
            insert(AttendanceMark).values(rows).on_conflict_do_nothing(index_elements=["uuid"])
        )


def note_mark(
    db: Session, booking: Booking, said: Said, *, method: Method, marked_by: User, now: datetime
) -> None:
    """Keep what was said on a page without a script."""
    tap = Tap(uuid4(), booking.uuid, said, method, now)
    note_marks(db, [(tap, booking)], marked_by=marked_by, device_uuid=None, sent_at=now, now=now)


def words_of(db: Session, booking_ids: Collection[int]) -> dict[int, Word]:
    """Return what stands of each booking of which anything was said by those who keep the door."""
    of = AttendanceMark
    recorder = (of.booking_id, of.marked_by_id, of.device_uuid)
    last = (
        select(of)
        .ext(distinct_on(*recorder))
        .where(of.booking_id.in_(booking_ids), of.method != Method.LEARNER_SAYS)
        .order_by(*recorder, of.device_at.desc(), of.id.desc())
    )
    by_booking: dict[int, list[AttendanceMark]] = defaultdict(list)
    for mark in db.scalars(last):
        by_booking[mark.booking_id].append(mark)
    return {booking_id: word_of(marks) for booking_id, marks in by_booking.items()}


def word_of(last: Collection[AttendanceMark]) -> Word:
    """Return what stands, given the last mark of each recorder of one booking."""
    undone = [mark for mark in last if mark.said is Said.NOTHING]
    standing = [
        mark
        for mark in last
        if mark.said is not Said.NOTHING and not any(_knew(undo, mark) for undo in undone)
    ]
    if not standing:
        return Word(Said.NOTHING, None, is_doubted=False)
    latest = max(standing, key=_order)
    is_doubted = any(mark.said is not latest.said and not _knew(latest, mark) for mark in standing)
    return Word(latest.said, latest, is_doubted)


def _knew(later: AttendanceMark, earlier: AttendanceMark) -> bool:
    """Say whether who said `later` could see `earlier` on the register."""
    return earlier.received_at <= later.said_at and _order(earlier) < _order(later)


def _order(mark: AttendanceMark) -> tuple[datetime, int]:
    return mark.said_at, mark.id
