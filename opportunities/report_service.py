"""The rules of saying that a listing is wrong, and of having dealt with it."""

from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from accounts.access import AUTHORITY_ROLES
from accounts.models import User
from app.errors import NotAllowed, NotFound
from opportunities.models import ListingReport, Opportunity, ReportReason
from opportunities.report_notices import tell_of_report
from opportunities.report_queries import how_many_open, report_for_officer

#: An officer learns no more from the next one that says the same.
OPEN_FOR_ONE_REASON = 10
#: A report stays for so long after an officer closed it.
KEPT_CLOSED = timedelta(days=365)


def report_listing(
    db: Session, *, opportunity: Opportunity, reason: ReportReason, words: str = "", now: datetime
) -> ListingReport | None:
    """Keep what someone said is wrong, for the officers of its city. Flushes.

    Nothing of whoever said it is asked for or kept. Where enough people have said the same and no
    officer has looked yet, nothing is kept at all.
    """
    if how_many_open(db, opportunity, reason) >= OPEN_FOR_ONE_REASON:
        return None
    report = ListingReport(opportunity=opportunity, reason=reason, words=words, made_at=now)
    db.add(report)
    db.flush()
    tell_of_report(db, report, now=now)
    return report


def close_report(
    db: Session, *, report_uuid: UUID, closed_by: User, now: datetime
) -> ListingReport:
    """Say that a report is dealt with. Saying it twice is harmless. Flushes.

    :raises NotAllowed: `closed_by` is no officer.
    :raises NotFound: no such report, or it is about another city's listing.
    """
    if closed_by.role not in AUTHORITY_ROLES:
        raise NotAllowed(_("Only the council's officers look after reports."))
    report = report_for_officer(db, closed_by, report_uuid)
    if report is None:
        raise NotFound(_("We cannot find that report."))
    report.closed_at = report.closed_at or now
    db.flush()
    return report


def forget_closed_reports(db: Session, *, now: datetime, most: int = 1_000) -> int:
    """Delete reports that were closed long enough ago, no more than `most`; return how many."""
    old = select(ListingReport.id).where(ListingReport.closed_at < now - KEPT_CLOSED).limit(most)
    gone = delete(ListingReport).where(ListingReport.id.in_(old)).returning(ListingReport.id)
    return len(db.scalars(gone).all())
