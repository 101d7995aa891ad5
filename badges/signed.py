"""What a worker has signed, for whoever asks for it. Nothing here opens a key, or could."""

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.errors import Conflict, NotYet
from app.jobs import defer_unless_waiting
from badges.models import AchievementCredential, LearnerRecord, StatusList
from badges.openbadges import Document
from badges.queries import status_list_kept_for
from badges.records import kept_edition
from badges.service import IssuingHost
from providers.models import Provider


def document_of(credential: AchievementCredential) -> Document:
    """Return the badge as a signed `OpenBadgeCredential`, the same for each edition.

    :raises NotYet: a worker is to sign it.
    :raises Conflict: it was taken back, and no file of it counts.
    """
    if credential.signed_document is None:
        raise _not_signed(credential)
    return credential.signed_document


def token_of(credential: AchievementCredential) -> str:
    """Return the badge as a compact JWS (VC-JWT, RS256), for validators that read nothing else.

    :raises NotYet: a worker is to sign it.
    :raises Conflict: it was taken back, and no file of it counts.
    """
    if credential.signed_token is None:
        raise _not_signed(credential)
    return credential.signed_token


def status_list_of(db: Session, issuer: Provider) -> StatusList:
    """Return the issuer's signed list of what was taken back.

    :raises NotYet: a worker is to sign it, as it does when the issuer gives its first badge.
    """
    kept = status_list_kept_for(db, issuer)
    if kept is None:
        raise NotYet(_("This list is being signed. That takes a moment."))
    return kept


def record_of(db: Session, record: LearnerRecord, *, host: IssuingHost) -> Document | None:
    """Return a learner's record with all the badges that they hold, or have a worker sign it. Flushes.

    :return: `None` where it is not signed as it is now, and a worker is to do that.
    :raises Conflict: there is no badge to put into it.
    """
    kept = kept_edition(db, record, host=host)
    if kept is None:
        defer_unless_waiting(db, "badges.sign_record", record_id=record.id)
    return kept


def _not_signed(credential: AchievementCredential) -> NotYet | Conflict:
    if credential.is_being_signed:
        return NotYet(_("This badge is being signed. That takes a moment."))
    return Conflict(_("This badge was taken back."))
