"""The rules of keeping a badge from elsewhere."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.models import User
from app.db import lock
from app.errors import Conflict, NotFound
from badges import openbadges
from badges.service import IssuingHost
from badges.verifier import Outcome, Verification
from wallet.models import CameBy, ImportedCredential, Program
from wallet.queries import count_imported, imported_as, own_imported
from wallet.reading import Brought, plain_checks

#: So many badges from elsewhere may one learner keep.
MOST_IMPORTED = 200


class Kept(StrEnum):
    """What became of a badge that was brought."""

    NEW = "new"
    REPLACED = "replaced"
    SAME = "same"


def keep_badge(
    db: Session,
    *,
    learner: User,
    brought: Brought,
    came_by: CameBy,
    program: Program | None = None,
    host: IssuingHost,
    now: datetime,
) -> tuple[ImportedCredential, Kept]:
    """Keep a badge that a learner, or a program of theirs, brought. Flushes.

    The same issuer and the same id is the same badge: a newer edition takes the older one's place.

    :param host: ours: what was given here is here already.
    :raises Conflict: it was given here, it is not newer than the one that is kept, less of it could
        be checked, or there are too many.
    """
    if brought.issuer_id.startswith(openbadges.did_web(host.base_url, "issuers") + ":"):
        raise Conflict(given_here())
    lock(db, User, learner.id)
    held = imported_as(
        db, learner, issuer_id=brought.issuer_id, credential_id=brought.credential_id
    )
    what = Kept.NEW if held is None else _what_becomes_of(held, brought)
    if held is None:
        if count_imported(db, learner) >= MOST_IMPORTED:
            raise Conflict(
                _("You keep %(number)s badges already. Delete one first.", number=MOST_IMPORTED)
            )
        held = ImportedCredential(learner_id=learner.id)
        db.add(held)
    if what is not Kept.SAME:
        _write(held, brought, came_by, program, now)
    _note(held, brought.found, now)
    db.flush()
    return held, what


def given_here() -> str:
    """Say why a badge of our own is not brought here."""
    return _("This badge was given here. If it is yours, it is on your profile.")


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
        raise Conflict(_("You have this badge already, and this one is not newer."))
    if held.outcome is Outcome.PASSED and brought.found.outcome is not Outcome.PASSED:
        # Anyone can write a newer date into a badge while its issuer cannot be asked.
        raise Conflict(
            _("You have this badge already, and we could not check this newer one. Try later.")
        )
    return Kept.REPLACED


def _write(
    held: ImportedCredential,
    brought: Brought,
    came_by: CameBy,
    program: Program | None,
    now: datetime,
) -> None:
    held.original, held.kind, held.digest = brought.original, brought.kind, brought.digest
    held.issuer_id, held.credential_id = brought.issuer_id, brought.credential_id
    held.issuer_domain, held.issuer_name = brought.found.issuer_domain, brought.issuer_name
    held.name, held.description = brought.name, brought.description
    held.has_hidden_words, held.is_older = brought.has_hidden_words, brought.is_older
    held.valid_from, held.imported_at, held.came_by = brought.valid_from, now, came_by
    held.program_id = program.id if program else None
    held.program_name = program.name if program else None


def _note(held: ImportedCredential, found: Verification, now: datetime) -> None:
    held.checks, held.outcome, held.checked_at = plain_checks(found), found.outcome, now


def _own(db: Session, learner: User, uuid: UUID) -> ImportedCredential:
    held = own_imported(db, learner, uuid)
    if held is None:
        raise NotFound(_("We cannot find that badge."))
    return held
