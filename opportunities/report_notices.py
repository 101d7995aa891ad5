"""Who is told when people say that a listing is wrong, and who must not be.

What someone worries about goes to the council's officers, and never to the organisation, nor to
anyone who is or was in it. Nobody is told the reporter's own words by e-mail.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.queries import officers_of
from app.clock import LONDON
from notices.kinds import NoticeKind
from notices.service import tell
from opportunities.models import ListingReport, Opportunity, ReportReason
from opportunities.report_queries import how_many_open
from opportunities.still_right import still_right_path
from providers.models import ProviderMember
from providers.queries import speaks_for, team_of

#: One may be mistaken, or a rival. So many say so independently.
SAY_CLOSED = 3


def tell_of_report(db: Session, report: ListingReport, *, now: datetime) -> None:
    """Tell whoever has to know of a report that was just made. Flushes.

    Officers hear of a worry about safety at once, and of a listing that three people call closed;
    of each listing once a day at most. Of the latter the organisation hears too: once, until it
    says that the listing is still right.
    """
    opportunity = report.opportunity
    if report.reason is ReportReason.SAFETY:
        _tell_officers(db, opportunity, NoticeKind.SAFETY_REPORTED, now)
    elif (
        report.reason is ReportReason.CLOSED
        and how_many_open(db, opportunity, ReportReason.CLOSED) >= SAY_CLOSED
    ):
        _tell_officers(db, opportunity, NoticeKind.LISTING_REPORTED, now)
        _tell_provider(db, opportunity, now)


def _tell_officers(db: Session, opportunity: Opportunity, kind: NoticeKind, now: datetime) -> None:
    day = now.astimezone(LONDON).date()
    for officer in _outsiders(db, opportunity, officers_of(db, opportunity.provider.city_id)):
        tell(
            db,
            to=officer,
            kind=kind,
            key=f"{kind.value}:{opportunity.uuid}:{day}",
            values={"title": opportunity.title, "organisation": opportunity.provider.name},
            now=now,
        )


def _tell_provider(db: Session, opportunity: Opportunity, now: datetime) -> None:
    provider = opportunity.provider
    for member in (each.user for each in team_of(db, provider)):
        if member.is_active and speaks_for(db, member, provider):
            tell(
                db,
                to=member,
                kind=NoticeKind.SAID_CLOSED,
                key=f"said-closed:{opportunity.uuid}:{opportunity.checked_at.isoformat()}",
                values={
                    "title": opportunity.title,
                    "path": still_right_path(opportunity, member, now=now),
                },
                now=now,
            )


def _outsiders(db: Session, opportunity: Opportunity, officers: Sequence[User]) -> Iterable[User]:
    """Return those officers who are not and never were in the organisation."""
    of_it = select(ProviderMember.user_id).filter_by(provider_id=opportunity.provider_id)
    insiders = set(db.scalars(of_it))
    return (each for each in officers if each.id not in insiders)
