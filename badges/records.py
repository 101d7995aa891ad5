"""A learner's record: all the badges they hold, whole, in one file that the host itself signs."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate

from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.models import User
from app.errors import Conflict
from badges import clr, facts
from badges.log import digest_of
from badges.models import LearnerRecord
from badges.openbadges import Document
from badges.queries import badges_of, record_kept_for
from badges.service import IssuingHost

#: So many badges stand in one record, the newest; it stays well below what `guards` lets pass.
MOST_BADGES = 50
MOST_BYTES = 200 * 1024


def ensure_record(db: Session, learner: User) -> LearnerRecord:
    """Return the learner's one record, made at first need, whoever else asks at this moment. Flushes."""
    record = record_kept_for(db, learner)
    while record is None:
        db.execute(insert(LearnerRecord).values(learner_id=learner.id).on_conflict_do_nothing())
        record = record_kept_for(db, learner)
    return record


def show_record_publicly(db: Session, *, record: LearnerRecord, is_public: bool) -> None:
    """Let anyone who has the record's address see it, or nobody but its learner. Flushes."""
    record.is_public = is_public
    db.flush()


def kept_edition(db: Session, record: LearnerRecord, *, host: IssuingHost) -> Document | None:
    """Return the signed `ClrCredential` that is kept, unless what the learner holds is other by now.

    :raises Conflict: there is no badge to put into it.
    """
    document = unsigned_record(db, record, host=host)
    return {**document, "proof": record.proof} if record.contents == contents_of(document) else None


def unsigned_record(db: Session, record: LearnerRecord, *, host: IssuingHost) -> Document:
    """Return what the record says now, under the date of the edition that stands.

    :raises Conflict: there is no badge to put into it.
    """
    held = [each.signed_document for each in badges_of(db, record.learner)]
    signed = [document for document in held if document is not None]
    if not signed:
        raise Conflict(_("There is no badge yet to put into a record."))
    fitting = _newest_that_fit(signed)
    is_partial = len(fitting) < len(held)
    said = facts.record_facts(record, fitting, host.base_url, is_partial=is_partial)
    return clr.learner_record(said)


def _newest_that_fit(badges: Sequence[Document]) -> list[Document]:
    """Return badges from the front of the list, up to what a record may hold."""
    sizes = (len(json.dumps(badge, ensure_ascii=False).encode()) for badge in badges)
    fitting = sum(total <= MOST_BYTES for total in accumulate(sizes))
    return list(badges[: min(fitting, MOST_BADGES)])


def contents_of(document: Document) -> str:
    """Return the digest of all that a record says but its date."""
    return digest_of({name: part for name, part in document.items() if name != "validFrom"})


def next_date(record: LearnerRecord, now: datetime) -> datetime:
    """Return the date of the next edition.

    Dates in a record go by the second, and the newer edition must be the newer to everyone.
    """
    return max(now, record.issued_at + timedelta(seconds=1)) if record.issued_at else now
