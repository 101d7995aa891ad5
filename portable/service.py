"""The rules of asking for all that is one's own, and of bringing such a file."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import IO
from uuid import uuid4

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import AgeBand, User
from app.db import lock
from app.errors import Conflict
from app.jobs import defer, defer_in_turn
from evidence.store import coming_folder
from notices.kinds import NoticeKind
from notices.service import tell
from portable.cell import LARGEST_BYTES
from portable.models import BroughtBundle, BroughtState, Bundle, BundleState, WhyRefused
from portable.queries import brought_by, bundle_of, kept_by_another

#: So long a file lies ready.
LASTS = timedelta(days=1)
#: What a worker has not made in so long, it fails at.
GIVEN_UP = timedelta(hours=1)
_READ_BYTES = 1024 * 1024
#: So many parts are told of one by one.
_MOST_TOLD = 2_000


def ask_for_bundle(db: Session, *, learner: User, now: datetime) -> Bundle:
    """Have a worker put all that is a learner's into one file. While one is made, it is that. Flushes."""
    lock(db, User, learner.id)
    bundle = bundle_of(db, learner, now)
    if bundle is not None and bundle.state is BundleState.WAITING:
        return bundle
    forget_bundles(db, _all_of(db, learner))
    bundle = Bundle(uuid=uuid4(), learner=learner, asked_at=now, expires_at=now + LASTS)
    db.add(bundle)
    db.flush()
    defer_in_turn(db, "portable.pack_up", bundle_id=bundle.id)
    return bundle


def _all_of(db: Session, learner: User) -> Sequence[Bundle]:
    """Return every bundle of a learner's, those whose day is over too."""
    return db.scalars(select(Bundle).filter_by(learner_id=learner.id)).all()


def forget_bundles(db: Session, bundles: Sequence[Bundle]) -> None:
    """Delete bundles, and their files a moment later. Flushes."""
    for bundle in bundles:
        defer(db, "portable.forget", bundle_uuid=str(bundle.uuid))
        db.delete(bundle)
    db.flush()


def note_ready(db: Session, bundle: Bundle, *, length: int, now: datetime) -> None:
    """Say that a bundle lies ready from now, for a day, and tell its learner. Flushes."""
    bundle.state, bundle.ready_at, bundle.bytes = BundleState.READY, now, length
    bundle.expires_at = now + LASTS
    key = f"{NoticeKind.BUNDLE_READY}:{bundle.uuid}"
    values = {"path": "/me/export"}
    tell(db, to=bundle.learner, kind=NoticeKind.BUNDLE_READY, key=key, values=values, now=now)
    db.flush()


def bring(db: Session, *, learner: User, content: IO[bytes], now: datetime) -> BroughtBundle:
    """Take in a file from another site, for a worker to look at. Flushes.

    :raises Conflict: it is empty or too large, or another is being looked at.
    """
    lock(db, User, learner.id)
    if any(each.state is BroughtState.WAITING for each in brought_by(db, learner)):
        raise Conflict(_("Another file is still being looked at. Wait a moment."))
    brought = BroughtBundle(uuid=uuid4(), learner=learner, came_at=now)
    _write_down(content, path_of(brought))
    db.add(brought)
    db.flush()
    defer_in_turn(db, "portable.take_in", brought_id=brought.id)
    return brought


def path_of(brought: BroughtBundle) -> Path:
    """Return where a file lies until it is looked at. What is left there is tidied away by `evidence`."""
    return coming_folder() / str(brought.uuid)


def is_somebody_elses(db: Session, brought: BroughtBundle, *, host: str, subject: str) -> bool:
    """Say whether another learner has kept what is of this person there, and note whose it is. Flushes.

    Whoever asks for the same person waits for the other: a class does not share one file.
    """
    about = sha256(f"{host} {subject}".encode()).hexdigest()
    db.execute(select(func.pg_advisory_xact_lock(func.hashtext(about))))
    brought.host, brought.subject_hash = host, about
    db.flush()
    return kept_by_another(db, brought)


def note_refused(db: Session, brought: BroughtBundle, why: WhyRefused, *, now: datetime) -> None:
    """Say why nothing of a file was kept. Flushes."""
    brought.state, brought.why_not, brought.done_at = BroughtState.REFUSED, why, now
    db.flush()


def note_kept(
    db: Session, brought: BroughtBundle, report: Sequence[Sequence[str]], *, now: datetime
) -> None:
    """Say what became of each part of a file. Flushes."""
    brought.state, brought.done_at = BroughtState.KEPT, now
    brought.report = [list(row) for row in report[:_MOST_TOLD]]
    db.flush()


def say_25(db: Session, *, learner: User) -> None:
    """Note that a learner is 25 or older by now. All that is theirs stays theirs. Flushes.

    :raises Conflict: they are not among those who can be: younger ones change no age by themselves.
    """
    if learner.age_band not in (AgeBand.FROM_18_TO_24, AgeBand.FROM_25):
        raise Conflict(_("Your pass says that you are under 18."))
    learner.age_band = AgeBand.FROM_25
    db.flush()


def rename(db: Session, *, learner: User, name: str) -> None:
    """Call a learner something else from now on. Flushes."""
    learner.name = name
    db.flush()


def _write_down(content: IO[bytes], path: Path) -> None:
    left = LARGEST_BYTES
    with path.open("wb") as file:
        while part := content.read(_READ_BYTES):
            left -= len(part)
            if left < 0:
                break
            file.write(part)
    length = path.stat().st_size
    if left < 0 or not length:
        path.unlink()
        too_large = _("That file is too big. %(number)s MB is the most.", number=550)
        raise Conflict(too_large if length else _("Choose the file that you saved there."))
