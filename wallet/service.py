"""The rules of keeping a badge from elsewhere."""

from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.models import User
from app.db import lock
from app.errors import Conflict, NotFound
from app.wording import label
from badges import openbadges
from badges.service import IssuingHost
from badges.verifier import Outcome, Verification
from wallet.models import CameBy, ImportedCredential, Kept, Program, WhyNot
from wallet.queries import count_imported, imported_as, own_imported
from wallet.reading import Brought, plain_checks, read_brought

#: So many badges from elsewhere may one learner keep.
MOST_IMPORTED = 200


class BadgeRefused(Conflict):
    """A badge that is not kept, and why: as a sentence, and as a word that can be kept."""

    def __init__(
        self, why: WhyNot, held: ImportedCredential | None = None, words: str = ""
    ) -> None:
        super().__init__(words or label(why))
        self.why = why
        #: What is kept in its place.
        self.held = held


def keep_badge(
    db: Session,
    *,
    learner: User,
    brought: Brought,
    came_by: CameBy,
    program: Program | None = None,
    from_host: str | None = None,
    host: IssuingHost,
    now: datetime,
) -> tuple[ImportedCredential, Kept]:
    """Keep a badge that a learner, or a program of theirs, brought. Flushes.

    The same issuer and the same id is the same badge: a newer edition takes the older one's place.

    :param from_host: where we fetched it, if we did.
    :param host: ours: what was given here is here already.
    :raises BadgeRefused: it was given here, it is not newer than the one that is kept, less of it could
        be checked, or there are too many.
    """
    if brought.issuer_id.startswith(openbadges.did_web(host.base_url, "issuers") + ":"):
        raise BadgeRefused(WhyNot.GIVEN_HERE)
    lock(db, User, learner.id)
    held = imported_as(
        db, learner, issuer_id=brought.issuer_id, credential_id=brought.credential_id
    )
    what = Kept.NEW if held is None else _what_becomes_of(held, brought)
    if held is None:
        if count_imported(db, learner) >= MOST_IMPORTED:
            words = _("You keep %(number)s badges already. Delete one first.", number=MOST_IMPORTED)
            raise BadgeRefused(WhyNot.TOO_MANY, words=words)
        held = ImportedCredential(learner_id=learner.id)
        db.add(held)
    if what is not Kept.SAME:
        _write(held, brought, now)
        held.came_by, held.host = came_by, from_host
        held.program_id = program.id if program else None
        held.program_name = program.name if program else None
    _note(held, brought.found, now)
    db.flush()
    return held, what


def require_brought(original: bytes, found: Verification) -> Brought:
    """Return what is to be kept of a badge that a learner brings.

    :param found: what looking at `original` found.
    :raises BadgeRefused: a check failed, or too little of it can be read to keep it.
    """
    if found.outcome is Outcome.FAILED:
        raise BadgeRefused(WhyNot.CHECK_FAILED)
    if found.document is not None and not found.issuer_id:
        # One of an older version says nothing of its issuer itself.
        raise BadgeRefused(WhyNot.ISSUER_UNKNOWN)
    brought = read_brought(original, found)
    if brought is None:
        raise BadgeRefused(WhyNot.UNREADABLE)
    return brought


def note_check(
    db: Session, *, learner: User, uuid: UUID, found: Verification, now: datetime
) -> None:
    """Keep what looking at a badge again has found. Flushes.

    :raises NotFound: the learner has no such badge.
    """
    _note(_own(db, learner, uuid), found, now)
    db.flush()


def delete_imported(db: Session, *, learner: User, uuid: UUID) -> None:
    """Delete a badge that a learner brought. It stays wherever it came from. Flushes.

    :raises NotFound: the learner has no such badge.
    """
    db.delete(_own(db, learner, uuid))
    db.flush()


def _what_becomes_of(held: ImportedCredential, brought: Brought) -> Kept:
    if held.digest == brought.digest:
        return Kept.SAME
    is_newer = (
        held.valid_from is not None
        and brought.valid_from is not None
        and brought.valid_from > held.valid_from
    )
    if not is_newer:
        raise BadgeRefused(WhyNot.NOT_NEWER, held)
    if held.outcome is Outcome.PASSED and brought.found.outcome is not Outcome.PASSED:
        # Anyone can write a newer date into a badge while its issuer cannot be asked.
        raise BadgeRefused(WhyNot.LESS_SURE, held)
    return Kept.REPLACED


def _write(held: ImportedCredential, brought: Brought, now: datetime) -> None:
    held.original, held.kind, held.digest = brought.original, brought.kind, brought.digest
    held.issuer_id, held.credential_id = brought.issuer_id, brought.credential_id
    held.issuer_domain, held.issuer_name = brought.found.issuer_domain, brought.issuer_name
    held.name, held.description = brought.name, brought.description
    held.has_hidden_words, held.is_older = brought.has_hidden_words, brought.is_older
    held.valid_from, held.imported_at = brought.valid_from, now


def _note(held: ImportedCredential, found: Verification, now: datetime) -> None:
    held.checks, held.outcome, held.checked_at = plain_checks(found), found.outcome, now


def _own(db: Session, learner: User, uuid: UUID) -> ImportedCredential:
    held = own_imported(db, learner, uuid)
    if held is None:
        raise NotFound(_("We cannot find that badge."))
    return held
