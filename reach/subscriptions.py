"""Who is told when numbers are released: chosen by themselves, and asked again when there is something to tell."""

from collections.abc import Collection, Iterator
from datetime import datetime
from urllib.parse import urlencode

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import delete, false, or_, select
from sqlalchemy.orm import Session

from accounts.access import AUTHORITY_ROLES
from accounts.models import User
from app.db import lock
from app.language import LANGUAGES
from app.terms import PeriodKind
from cube.queries import Reach, Released
from geo import queries as geo
from geo.models import City
from notices.kinds import NoticeKind
from notices.service import tell
from reach import sentences as say
from reach.measures import gap_between
from reach.models import ReportSubscription


def subscribe(db: Session, *, reader: User, kinds: Collection[PeriodKind]) -> None:
    """Have somebody told of periods of these lengths, and of no others. Flushes."""
    lock(db, User, reader.id)  # a second click must not keep the same choice twice
    db.execute(delete(ReportSubscription).where(ReportSubscription.user_id == reader.id))
    db.add_all(ReportSubscription(user_id=reader.id, kind=kind) for kind in kinds)
    db.flush()


def wanted_by(db: Session, reader: User) -> set[PeriodKind]:
    """Return the lengths of periods that somebody is told of."""
    return set(
        db.scalars(select(ReportSubscription.kind).where(ReportSubscription.user_id == reader.id))
    )


def readers_of(db: Session, city: City, kind: PeriodKind) -> list[User]:
    """Return who asked for it and still works for the city's authority, or for that of its region."""
    region = geo.region_of(db, city)
    readers = (
        select(User)
        .join(ReportSubscription, ReportSubscription.user_id == User.id)
        .where(
            ReportSubscription.kind == kind,
            or_(
                User.city_id == city.id,
                User.region_id == region.id if region else false(),
            ),
            User.role.in_(AUTHORITY_ROLES),
            User.disabled_at.is_(None),
        )
        .order_by(User.id)
    )
    return list(db.scalars(readers))


def tell_readers(db: Session, *, city: City, reach: Reach, now: datetime) -> int:
    """Tell everyone who asked for it what a release says, once; return how many. Flushes.

    What they are told are numbers of the release, and where to read the rest after signing in.
    """
    term = reach.term
    readers = readers_of(db, city, term.kind)
    values = {"said": {language: _said(city, reach, language) for language in LANGUAGES}}
    told = [
        tell(
            db,
            to=reader,
            kind=NoticeKind.REPORT_RELEASED,
            key=f"report_released:{term.uuid}",
            values=values | {"path": _path(city, term, reader)},
            now=now,
        )
        for reader in readers
    ]
    return sum(told)


def _path(city: City, term: Released, reader: User) -> str:
    """Return where a reader finds the report: whoever works for several cities names the one."""
    named = {"city": city.slug} if reader.region_id else {}
    return f"/reach/report.pdf?{urlencode(named | {'release': str(term.uuid)})}"


def _said(city: City, reach: Reach, language: str) -> dict[str, object]:
    with force_locale(language):
        return {
            "about": f"{city.name_in(language)}: {reach.term.name}",
            "headline": " ".join(
                filter(None, (say.headline(reach.term), say.trend(reach.terms_so_far)))
            ),
            "numbers": list(_numbers(reach)),
            "why_again": reach.term.reason[:300],
        }


def _numbers(reach: Reach) -> Iterator[str]:
    term = reach.term
    gap = gap_between(term.deciles)
    yield f"{_('Took part at least once')}: {say.shown(term.city)}"
    yield f"{_('Per 1,000 young people')}: {say.shown_rate(term.city)}"
    yield f"{_('Gap index (1 is no gap)')}: {say.index(gap.ratio if gap else None)}"
