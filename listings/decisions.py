"""What officers decide: a listing goes live, or back to its provider with words."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.models import User
from app.clock import LONDON
from app.db import lock
from app.errors import Conflict, NotAllowed, NotFound
from listings.changes import publish, replace_waiting
from listings.models import ListingVersion, VersionState
from listings.review import missing_gates
from listings.versions import keep_version, put_back, values_of
from opportunities.models import Opportunity, OpportunityKind, OpportunityStatus
from providers.decisions import note_decision, refuse_own_people
from providers.models import DecisionKind, ProviderMember

LONGEST_WORDS = 300


def approve_listing(
    db: Session, *, version: ListingVersion, approved_by: User, now: datetime, words: str = ""
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
    _decide(db, version, VersionState.LIVE, approved_by, now, words)
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
    _decide(db, version, VersionState.REFUSED, sent_back_by, now, version.words)
    return opportunity


def take_off(
    db: Session, *, opportunity: Opportunity, words: str, taken_off_by: User, now: datetime
) -> Opportunity:
    """Take something that is published off the list, back to its provider with words. Flushes.

    Once its provider has changed it, it waits for an officer, as all that was sent back does.

    :raises NotFound: it is of another city.
    :raises NotAllowed: the officer belongs to its provider.
    :raises Conflict: it is not published, or the words are none or too many.
    """
    opportunity = _of_city(db, opportunity.id, taken_off_by)
    refuse_own_people(db, taken_off_by, opportunity.provider)
    if opportunity.status is not OpportunityStatus.PUBLISHED:
        raise Conflict(_("It is not on the list."))
    if not 0 < len(words.strip()) <= LONGEST_WORDS:
        raise Conflict(_("Say in up to 300 characters what has to change."))
    replace_waiting(db, opportunity)
    opportunity.status = OpportunityStatus.DRAFT
    version = keep_version(
        db,
        opportunity=opportunity,
        values=values_of(opportunity),
        made_by=None,
        now=now,
        state=VersionState.WAITING,
    )
    version.state = VersionState.REFUSED
    version.words, version.decided_by_id, version.decided_at = words.strip(), taken_off_by.id, now
    note_decision(
        db,
        opportunity.provider,
        taken_off_by,
        DecisionKind.LISTING_PAUSED,
        now,
        version.words,
        about=opportunity.uuid,
        about_name=opportunity.title,
    )
    return opportunity


def _of_city(db: Session, opportunity_id: int, officer: User) -> Opportunity:
    opportunity = lock(db, Opportunity, opportunity_id)
    if opportunity is None or opportunity.provider.city_id != officer.city_id:
        raise NotFound(_("We cannot find that activity."))
    return opportunity


def _waiting(db: Session, version: ListingVersion, officer: User) -> Opportunity:
    opportunity = _of_city(db, version.opportunity_id, officer)
    db.refresh(version)
    belongs = db.get(ProviderMember, (opportunity.provider_id, officer.id)) is not None
    if belongs or version.made_by_id == officer.id:
        raise NotAllowed(_("Nobody decides on their own activity. Ask another officer."))
    is_gone = opportunity.status is OpportunityStatus.WITHDRAWN
    if version.state is not VersionState.WAITING or is_gone:
        raise Conflict(_("This does not wait any more."))
    return opportunity


def _decide(
    db: Session,
    version: ListingVersion,
    state: VersionState,
    officer: User,
    now: datetime,
    words: str,
) -> None:
    version.state, version.decided_by_id, version.decided_at = state, officer.id, now
    is_yes = state is VersionState.LIVE
    note_decision(
        db,
        version.opportunity.provider,
        officer,
        DecisionKind.LISTING_APPROVED if is_yes else DecisionKind.LISTING_SENT_BACK,
        now,
        words,
        about=version.opportunity.uuid,
        about_name=version.opportunity.title,
    )
