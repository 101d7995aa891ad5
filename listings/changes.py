"""The rules of changing a listing: what goes live at once, and what waits for an officer."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.models import User
from app.clock import LONDON
from app.db import lock
from app.errors import Conflict, NotAllowed, NotFound
from listings import queries
from listings.models import ListingVersion, ReviewReason, VersionState
from listings.review import Sitting, kinds_of, missing_gates, review_reasons
from listings.screening import Finding
from listings.versions import Values, keep_version, put_back, texts_of, values_of
from opportunities.models import Opportunity, OpportunityKind, OpportunityStatus
from providers.queries import speaks_for

_PUBLIC = (OpportunityStatus.PUBLISHED, OpportunityStatus.PAUSED)


def change_listing(
    db: Session, *, opportunity: Opportunity, changed: Values, changed_by: User, now: datetime
) -> ListingVersion:
    """Change what a listing says; keep it as a version. Flushes.

    A change of something published that gives an officer a reason to look waits: people see the
    old one until it is approved. A later change takes the place of one that waits.

    :param changed: some of what `versions.values_of` returns.
    :return: the version that came of it, or the last one where nothing was changed.
    :raises NotAllowed: `changed_by` does not speak for its provider.
    :raises Conflict: it was withdrawn, or published work experience would lose a gate.
    """
    opportunity = held(db, opportunity, changed_by)
    before = first_or_last_version(db, opportunity, now)
    values = current_values(db, opportunity) | changed
    if values == current_values(db, opportunity):
        return before
    replace_waiting(db, opportunity)
    if opportunity.status in _PUBLIC:
        return _change_public(db, opportunity, values, changed_by, now)
    put_back(db, opportunity, values)
    return settle(db, opportunity=opportunity, made_by=changed_by, now=now)


def settle(
    db: Session, *, opportunity: Opportunity, made_by: User, now: datetime
) -> ListingVersion:
    """Publish what is not public yet, hold it for an officer, or leave it a draft where a gate is shut.

    Flushes. Keeps what it says as a version.
    """
    values = values_of(opportunity)
    state, reasons = VersionState.LIVE, _reasons(db, opportunity, values, now)
    if missing_gates(opportunity.kind, values["placement"], now.astimezone(LONDON).date()):
        opportunity.status, reasons = OpportunityStatus.DRAFT, []
    elif reasons:
        opportunity.status, state = OpportunityStatus.REVIEW, VersionState.WAITING
    else:
        publish(opportunity, now)
    return keep_version(
        db,
        opportunity=opportunity,
        values=values,
        made_by=made_by,
        now=now,
        state=state,
        reasons=reasons,
    )


def publish(opportunity: Opportunity, now: datetime) -> None:
    """Let people find it, if its provider is one that they may find."""
    opportunity.status = OpportunityStatus.PUBLISHED
    opportunity.published_at = opportunity.published_at or now
    opportunity.checked_at = now


def held(db: Session, opportunity: Opportunity, by: User) -> Opportunity:
    """Return a listing as the database has it now, locked, for someone who may change it.

    :raises NotAllowed: `by` does not speak for its provider.
    :raises Conflict: it was withdrawn.
    """
    found = lock(db, Opportunity, opportunity.id)
    if found is None:
        raise NotFound(_("We cannot find that activity."))
    if not speaks_for(db, by, found.provider):
        raise NotAllowed(_("You cannot act for this organisation."))
    if found.status is OpportunityStatus.WITHDRAWN:
        raise Conflict(_("You have withdrawn this already."))
    return found


def current_values(db: Session, opportunity: Opportunity) -> Values:
    """Return what its provider last said of a listing, whether or not it is live."""
    waiting = queries.waiting_version(db, opportunity)
    return values_of(opportunity) | (waiting.values if waiting else {})


def first_or_last_version(db: Session, opportunity: Opportunity, now: datetime) -> ListingVersion:
    """Return the last version; of a listing older than its versions, make the first from what stands."""
    return queries.last_version(db, opportunity) or keep_version(
        db,
        opportunity=opportunity,
        values=values_of(opportunity),
        made_by=None,
        now=opportunity.published_at or now,
    )


def replace_waiting(db: Session, opportunity: Opportunity) -> None:
    """Take back what waits for an officer. Flushes."""
    waiting = queries.waiting_version(db, opportunity)
    if waiting is not None:
        waiting.state = VersionState.REPLACED
        db.flush()


def _change_public(
    db: Session, opportunity: Opportunity, values: Values, changed_by: User, now: datetime
) -> ListingVersion:
    live = values_of(opportunity)
    today = now.astimezone(LONDON).date()
    missing = missing_gates(opportunity.kind, values["placement"], today)
    if missing and not missing_gates(opportunity.kind, live["placement"], today):
        raise Conflict(missing[0])
    reasons = kinds_of(each for each in _found(values) if each not in _found(live))
    if not reasons:
        put_back(db, opportunity, values)
        opportunity.checked_at = now
    return keep_version(
        db,
        opportunity=opportunity,
        values=values,
        made_by=changed_by,
        now=now,
        state=VersionState.WAITING if reasons else VersionState.LIVE,
        reasons=reasons,
    )


def _found(values: Values) -> list[Finding]:
    """Return what is to be looked at in what a listing says, its sessions left aside."""
    return review_reasons(
        kind=OpportunityKind(values["kind"]),
        min_age=values["min_age"],
        texts=texts_of(values),
        known_listings=0,
    )


def _reasons(
    db: Session, opportunity: Opportunity, values: Values, now: datetime
) -> list[ReviewReason]:
    sittings = queries.sessions_of(db, opportunity)
    badge = opportunity.achievement
    reasons = kinds_of(
        review_reasons(
            kind=opportunity.kind,
            min_age=opportunity.min_age,
            texts=texts_of(values) + ([badge.name, badge.criteria] if badge else []),
            sittings=[Sitting(s.starts_at, s.ends_at, s.maximum_capacity) for s in sittings],
            known_listings=queries.known_listings(db, opportunity, now),
        )
    )
    was_sent_back = queries.was_sent_back(db, opportunity)
    return reasons + ([ReviewReason.SENT_BACK] if was_sent_back else [])
