"""Background work of what goes out and comes in: packed, signed, looked at, kept, and deleted in time."""

import logging
from datetime import timedelta
from tempfile import TemporaryFile
from uuid import UUID

from flask import current_app
from flask_babel import force_locale

from accounts.models import User
from app import clock
from app.db import current_db, lock, unit_of_work
from app.jobs import job, job_in_turn, regularly
from badges.resolver import Asking, check_upload
from badges.signing import signing_host
from badges.verifier import Verification
from badges.views import issuing_host
from evidence import store
from portable import keeping, packing, service
from portable.cell import NotTaken, unpacked
from portable.models import BroughtBundle, BroughtState, Bundle, BundleState, WhyRefused
from portable.queries import brought_since, bundles_past, known_bundles
from portable.reading import Bundle as Brought
from portable.reading import read_bundle
from wallet.models import LARGEST_BYTES
from wallet.service import MOST_IMPORTED
from wallet.views.asking import badge_fetcher

#: A bundle in the store that no row knows may belong to a transaction that has not landed yet.
_SURELY_LEFT = timedelta(hours=3)
log = logging.getLogger(__name__)


@job_in_turn
def pack_up(bundle_id: int) -> None:
    """Put all that is a learner's into one file. Done already, it changes nothing."""
    bundle = current_db().get(Bundle, bundle_id)
    if bundle is None or bundle.state is not BundleState.WAITING:
        return
    learner_id, uuid, language = bundle.learner_id, bundle.uuid, bundle.learner.language
    current_db.rollback()
    try:
        with TemporaryFile() as file, force_locale(language):
            packing.sign_badges_of(learner_id)
            _pack(learner_id, uuid, file)
            length = file.seek(0, 2)
            store.keep_bundle(uuid, file)
    except Exception:
        log.exception("portable: bundle %s could not be made", uuid)
        _fail(bundle_id)
        return
    if not _is_ready(bundle_id, length):
        store.forget_bundle(uuid)


@job
def forget(bundle_uuid: str) -> None:
    """Delete the file of a bundle."""
    store.forget_bundle(bundle_uuid)


@job_in_turn
def take_in(brought_id: int) -> None:
    """Look at a file that a learner brought, and keep what is in it. Done already, it changes nothing."""
    brought = current_db().get(BroughtBundle, brought_id)
    if brought is None or brought.state is not BroughtState.WAITING:
        return
    path, learner = service.path_of(brought), brought.learner
    subject, language = learner.subject_uuid.urn, learner.language
    current_db.rollback()
    try:
        with path.open("rb") as file, unpacked(file) as content, force_locale(language):
            read = read_bundle(
                content,
                subject=subject,
                host=issuing_host(),
                fetcher=badge_fetcher(),
                now=clock.now(),
            )
            _keep(brought_id, read, _badges_in(read))
    except NotTaken as refused:
        _refuse(brought_id, refused.why)
    except Exception:
        # Above all what the database refuses: then nothing of it is kept.
        log.exception("portable: a file could not be taken in")
        _refuse(brought_id, WhyRefused.FAILED)
    path.unlink(missing_ok=True)


@regularly("50 * * * *")
def tidy_bundles() -> None:
    """Delete bundles whose day is over, and end what has waited too long."""
    now = clock.now()
    with unit_of_work() as db:
        service.forget_bundles(db, bundles_past(db, now))
    with unit_of_work() as db:
        for brought in brought_since(db, now - service.GIVEN_UP):
            service.note_refused(db, brought, WhyRefused.FAILED, now=now)
    for some in store.all_bundles():
        old = {UUID(each.piece_uuid) for each in some if each.since < now - _SURELY_LEFT}
        with unit_of_work() as db:
            left = old - known_bundles(db, old)
        for uuid in left:
            store.forget_bundle(uuid)


def _pack(learner_id: int, uuid: UUID, file) -> None:
    with unit_of_work() as db:
        learner = db.get(User, learner_id)
        if learner is None:
            raise LookupError("erased meanwhile")
        packing.pack(
            db,
            learner=learner,
            uuid=uuid,
            into=file,
            host=signing_host(),
            equality_secret=current_app.extensions["settings"].equality_secret,
            now=clock.now(),
        )


def _is_ready(bundle_id: int, length: int) -> bool:
    """Say that it lies ready, and return whether anybody still waits for it."""
    with unit_of_work() as db:
        bundle = lock(db, Bundle, bundle_id)
        if bundle is not None and bundle.state is BundleState.WAITING:
            service.note_ready(db, bundle, length=length, now=clock.now())
        return bundle is not None


def _fail(bundle_id: int) -> None:
    with unit_of_work() as db:
        bundle = lock(db, Bundle, bundle_id)
        if bundle is not None:
            bundle.state = BundleState.FAILED


def _badges_in(read: Brought) -> list[tuple[bytes, Verification]]:
    """Return each badge of a file with what looking at it found; nothing is held while others are asked."""
    names = sorted(
        name
        for name in read.files
        if name.startswith(("badges/", "badges-brought/")) and not name.endswith(".clr.json")
    )
    originals = [
        read.unpacked.read(name, most=LARGEST_BYTES)
        for name in names[:MOST_IMPORTED]
        if read.unpacked.members[name][1] <= LARGEST_BYTES
    ]
    asking = Asking(issuing_host(), clock.now(), badge_fetcher())
    return [(original, check_upload(original, asking)) for original in originals]


def _keep(brought_id: int, read: Brought, badges: list[tuple[bytes, Verification]]) -> None:
    with unit_of_work() as db:
        brought = lock(db, BroughtBundle, brought_id)
        if brought is None or brought.state is not BroughtState.WAITING:
            return
        if service.is_somebody_elses(db, brought, host=read.host, subject=read.subject):
            service.note_refused(db, brought, WhyRefused.TAKEN, now=clock.now())
            return
        brought.is_signed = read.is_signed
        brought.is_trusted = keeping.is_trusted_host(db, read)
        report = keeping.keep(
            db,
            learner=brought.learner,
            bundle=read,
            badges=badges,
            secret=current_app.config["SECRET_KEY"],
            host=issuing_host(),
            now=clock.now(),
        )
        service.note_kept(db, brought, report.rows, now=clock.now())


def _refuse(brought_id: int, why: WhyRefused) -> None:
    with unit_of_work() as db:
        brought = lock(db, BroughtBundle, brought_id)
        if brought is not None and brought.state is BroughtState.WAITING:
            service.note_refused(db, brought, why, now=clock.now())
