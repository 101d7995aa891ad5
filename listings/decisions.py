"""What officers decide: a listing goes live, or back to its provider with words."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.models import User
from app.clock import LONDON
from app.db import lock
from app.errors import Conflict, NotAllowed, NotFound
from listings.changes import publish
from listings.models import ListingVersion, VersionState
from listings.review import missing_gates
from listings.versions import put_back
from opportunities.models import Opportunity, OpportunityKind, OpportunityStatus
from providers.models import ProviderMember

LONGEST_WORDS = 300


def approve_listing(
    db: Session, *, version: ListingVersion, approved_by: User, now: datetime
) -> Opportunity:
    """Let what waits go live: a new listing, or a change of one. Flushes.

    :raises NotFound: it is of another city.
    :raises NotAllowed: the officer made it, or belongs to its provider.
    :raises Conflict: it does not wait any more, was withdrawn, or its insurance has ended meanwhile.
    """
    opportunity = _waiting(db, version, approved_by)
    values, today = version.values, now.astimezone(LONDON).date()
    missing = missing_gates(OpportunityKind(values["kind"]), values["placement"], today)
    if missing:
        raise Conflict(missing[0])
    put_back(db, opportunity, values)
    if opportunity.status is OpportunityStatus.REVIEW:
        publish(opportunity, now)
    _decide(db, version, VersionState.LIVE, approved_by, now)
    return opportunity


def send_back_listing(
    db: Session, *, version: ListingVersion, words: str, sent_back_by: User, now: datetime
) -> Opportunity:
    """Give what waits back to its provider, with words. Of a published listing the old one stays.

    Flushes.

    :param words: what has to change: 300 characters at most, and not empty.
    :raises NotFound: it is of another city.
    :raises NotAllowed: the officer made it, or belongs to its provider.
    :raises Conflict: it does not wait any more, or the words are none or too many.
    """
    opportunity = _waiting(db, version, sent_back_by)
    if not 0 < len(words.strip()) <= LONGEST_WORDS:
        raise Conflict(_("Say in up to 300 characters what has to change."))
    if opportunity.status is OpportunityStatus.REVIEW:
        opportunity.status = OpportunityStatus.DRAFT
    version.words = words.strip()
    _decide(db, version, VersionState.REFUSED, sent_back_by, now)
    return opportunity


def _waiting(db: Session, version: ListingVersion, officer: User) -> Opportunity:
    opportunity = lock(db, Opportunity, version.opportunity_id)
    db.refresh(version)
    if opportunity is None or opportunity.provider.city_id != officer.city_id:
        raise NotFound(_("We cannot find that activity."))
    belongs = db.get(ProviderMember, (opportunity.provider_id, officer.id)) is not None
    if belongs or version.made_by_id == officer.id:
        raise NotAllowed(_("Nobody decides on their own activity. Ask another officer."))
    is_gone = opportunity.status is OpportunityStatus.WITHDRAWN
    if version.state is not VersionState.WAITING or is_gone:
        raise Conflict(_("This does not wait any more."))
    return opportunity


def _decide(
    db: Session, version: ListingVersion, state: VersionState, officer: User, now: datetime
) -> None:
    version.state, version.decided_by_id, version.decided_at = state, officer.id, now
    db.flush()
