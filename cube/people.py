"""Who came, counted by home, age and what they did. Nothing finer leaves this module.

What is returned are true counts: only `cube.service`, which adds chance to them, may ask.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    Uuid,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import InstrumentedAttribute, Session

from accounts.models import YOUNG_BANDS, AgeBand, Role, User
from app.terms import Period, PeriodKind
from badges.models import AchievementCredential
from cube.tables import CATEGORIES, WISHES, YES_OR_NO, Learners, Trait
from equality.answers import Answers
from evidence.models import EvidencePiece
from geo import queries as geo
from geo.models import Area, City
from opportunities.fund_queries import funded_sessions
from opportunities.models import Opportunity, OpportunityKind, ScheduledSession, Wish
from packs.models import Pack, PackKind
from participation.models import Booking, BookingStatus
from participation.traces import came_to
from plans.models import Goal, PlanItem
from profiles.models import SavedSearch

#: So many sittings make more than a visit, and so many days a time with employers.
_MANY, _DAYS = 3, 10


#: Opens what these learners, by their ids, told of themselves: who, by their uuid, and what.
Opening = Callable[[list[int]], Iterable[tuple[UUID, Answers]]]


def learners_of(
    db: Session, city: City, period: Period, opening: Opening | None = None
) -> list[Learners]:
    """Return how many different learners came, and what of each other thing they did.

    They count where they lived, and as old as they were, when they first came in the period. A
    learner may stand in several rows, for different traits, and in one for each trait.

    :param opening: asked once, for a school year.
    """
    with _hashing(db):
        came = _who_came(db, city, period)
        try:
            counted = _came(db, came, period) + _wished(db, city, period)
            if period.kind is PeriodKind.YEAR:
                counted += _on_the_way(db, city, came, period)
                counted += _told(db, came, opening) if opening else []
            return counted
        finally:
            came.drop(db.connection())


@contextmanager
def _hashing(db: Session) -> Iterator[None]:
    # The planner may know nothing yet of rows that were written a moment ago, takes each table for
    # tiny, and loops over all of them for each row of another: minutes where hashing takes none.
    db.execute(text("SET LOCAL enable_nestloop = off"))
    yield
    db.execute(text("SET LOCAL enable_nestloop TO DEFAULT"))


def _who_came(db: Session, city: City, period: Period) -> Table:
    """Put everyone who came into a table of this transaction's own: home, age, and what they did."""
    came, funded = came_to().subquery(), funded_sessions().subquery()
    is_funded = funded.c.fund_id.is_not(None)
    sat = (
        select(
            *(came.c.person, came.c.home_lsoa_code, came.c.age_band, came.c.source),
            ScheduledSession.starts_at,
            _traits_of_session(db, city, period)
            .op("|")(_bit_if(is_funded, Trait.FUNDED))
            .label("traits"),
        )
        .select_from(came)
        .join(ScheduledSession, ScheduledSession.id == came.c.session_id)
        .join(Opportunity, Opportunity.id == ScheduledSession.opportunity_id)
        .outerjoin(funded, funded.c.scheduled_session_id == ScheduledSession.id)
        .where(
            ScheduledSession.starts_at >= period.opens_at,
            ScheduledSession.starts_at < period.closes_at,
            came.c.home_lsoa_code.in_(_homes_in(city)),
            came.c.age_band.in_(YOUNG_BANDS),
        )
        .cte("sat")
    )
    first = (
        select(sat.c.person, sat.c.home_lsoa_code, sat.c.age_band)
        .ext(distinct_on(sat.c.person))
        .order_by(sat.c.person, sat.c.starts_at, sat.c.source)
        .subquery()
    )
    times = func.count()
    did = (
        select(
            sat.c.person,
            func.bit_or(sat.c.traits)
            .op("|")(_bit_if(times > 1, Trait.CAME_AGAIN))
            .op("|")(_bit_if(times >= _MANY, Trait.THREE_TIMES))
            .label("traits"),
        )
        .group_by(sat.c.person)
        .subquery()
    )
    rows = select(first.c.person, first.c.home_lsoa_code, first.c.age_band, did.c.traits).join(
        did, did.c.person == first.c.person
    )
    came_here = _table_of_its_own(db)
    db.execute(insert(came_here).from_select(came_here.columns.keys(), rows))
    return came_here


def _table_of_its_own(db: Session) -> Table:
    """Make an empty table that nobody else sees, and that ends with the transaction at the latest."""
    made = Table(
        "who_came",
        MetaData(),
        Column("person", Uuid, primary_key=True),
        Column("home_lsoa_code", Text),
        Column("age_band", Text),
        Column("traits", Integer),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )
    made.create(db.connection())
    return made


def _traits_of_session(db: Session, city: City, period: Period) -> ColumnElement[int]:
    is_work = Opportunity.kind == OpportunityKind.WORK_EXPERIENCE
    of_category = case(
        {category: int(trait) for category, trait in CATEGORIES.items()}, value=Opportunity.category
    )
    day = cast(func.timezone("Europe/London", ScheduledSession.starts_at), Date)
    in_holidays = day == func.any(_holidays(db, city, period))
    return (
        literal(int(Trait.CAME), Integer)
        .op("|")(of_category)
        .op("|")(_bit_if(is_work, Trait.WORKPLACE))
        .op("|")(_bit_if(in_holidays, Trait.HOLIDAY))
    )


def _holidays(db: Session, city: City, period: Period) -> list[date]:
    calendar = geo.school_calendar(db, city.id)
    days = (
        period.starts_on + timedelta(days=number)
        for number in range((period.ends_on - period.starts_on).days)
    )
    return [day for day in days if not calendar.is_open(day)]


def _came(db: Session, came: Table, period: Period) -> list[Learners]:
    """Return who came, with what stands elsewhere of them, grouped."""
    traits = came.c.traits.op("&")(~int(Trait.CAME_AGAIN))
    joined: FromClause = came
    for trait, those in (
        (Trait.CAME_BEFORE, _came_before(period)),
        (Trait.BADGE, _earned_a_badge(period)),
        (Trait.EVIDENCE, _kept_evidence(period)),
        (Trait.TEN_DAYS, _ten_days_with_employers(period)),
    ):
        joined, is_one = _joined(joined, came.c.person, those)
        traits = traits.op("|")(_bit_if(is_one, trait))
    rows = select(came.c.home_lsoa_code, came.c.age_band, traits.label("traits"))
    return _grouped(db, rows.select_from(joined).subquery())


def _joined(
    table: FromClause, key: ColumnElement | InstrumentedAttribute, those: Select
) -> tuple[FromClause, ColumnElement[bool]]:
    """Return a table joined with who is among those, and whether a row is.

    Joined, since PostgreSQL asks a long list in an expression anew for each row.
    """
    found = those.distinct().subquery()
    (column,) = found.c
    return table.outerjoin(found, column == key), column.is_not(None)


def _came_before(period: Period) -> Select:
    earlier = came_to().subquery()
    return (
        select(earlier.c.person)
        .join(ScheduledSession, ScheduledSession.id == earlier.c.session_id)
        .where(ScheduledSession.starts_at < period.opens_at)
    )


def _earned_a_badge(period: Period) -> Select:
    return (
        select(User.uuid)
        .join(AchievementCredential, AchievementCredential.recipient_id == User.id)
        .where(
            AchievementCredential.awarded_at >= period.opens_at,
            AchievementCredential.awarded_at < period.closes_at,
            AchievementCredential.revoked_at.is_(None),
        )
    )


def _kept_evidence(period: Period) -> Select:
    return (
        select(User.uuid)
        .join(EvidencePiece, EvidencePiece.learner_id == User.id)
        .where(EvidencePiece.made_at >= period.opens_at, EvidencePiece.made_at < period.closes_at)
    )


def _ten_days_with_employers(period: Period) -> Select:
    """Return who was on work experience on ten days or more, in all the time up to the period's end."""
    came = came_to().subquery()
    day = cast(func.timezone("Europe/London", ScheduledSession.starts_at), Date)
    return (
        select(came.c.person)
        .join(ScheduledSession, ScheduledSession.id == came.c.session_id)
        .join(Opportunity, Opportunity.id == ScheduledSession.opportunity_id)
        .where(
            Opportunity.kind == OpportunityKind.WORK_EXPERIENCE,
            ScheduledSession.starts_at < period.closes_at,
        )
        .group_by(came.c.person)
        .having(func.count(func.distinct(day)) >= _DAYS)
    )


def _on_the_way(db: Session, city: City, came: Table, period: Period) -> list[Learners]:
    """Return how far everyone with an account came, from finding us to using what they have."""
    again = came.c.traits.op("&")(int(Trait.CAME_AGAIN))
    has_come = came.c.person.is_not(None)
    traits: ColumnElement[int] = literal(int(Trait.FOUND), Integer)
    joined: FromClause = User.__table__.outerjoin(came, came.c.person == User.uuid)
    for trait, those in (
        (Trait.SAVED, _saved(period)),
        (Trait.APPLIED, _booked(period)),
        (Trait.OFFERED, _given(period)),
        (Trait.USED, _used(period)),
    ):
        joined, is_one = _joined(joined, User.id, those)
        by_coming = trait in (Trait.APPLIED, Trait.OFFERED)
        traits = traits.op("|")(_bit_if(or_(is_one, has_come) if by_coming else is_one, trait))
    here = (
        select(
            User.home_lsoa_code,
            User.age_band,
            traits.op("|")(func.coalesce(again, 0)).label("traits"),
        )
        .select_from(joined)
        .where(
            User.role == Role.LEARNER,
            User.created_at < period.closes_at,
            User.home_lsoa_code.in_(_homes_in(city)),
            User.age_band.in_(YOUNG_BANDS),
        )
    )
    came_here = Trait.FOUND | Trait.APPLIED | Trait.OFFERED
    gone = select(
        came.c.home_lsoa_code, came.c.age_band, again.op("|")(int(came_here)).label("traits")
    ).where(~exists().where(User.uuid == came.c.person))
    return _grouped(db, here.union_all(gone).subquery())


def _told(db: Session, came: Table, opening: Opening) -> list[Learners]:
    """Return what those who came told of themselves, by home and age."""
    rows = db.execute(
        select(User.id, User.uuid, came.c.home_lsoa_code, came.c.age_band).join(
            came, came.c.person == User.uuid
        )
    ).all()
    lived = {row.uuid: (row.home_lsoa_code, row.age_band) for row in rows}
    counts: Counter[tuple[str, str, int]] = Counter()
    for uuid, answers in opening([row.id for row in rows]):
        counts[*lived[uuid], _traits_told(answers)] += 1
    return [Learners(home, AgeBand(band), n, told) for (home, band, told), n in counts.items()]


def _traits_told(answers: Answers) -> int:
    traits = Trait(0)
    for trait in YES_OR_NO:
        said = getattr(answers, trait.key)
        traits |= (trait if said else Trait(0)) | (
            Trait(0) if said is None else Trait[f"TOLD_{trait.name}"]
        )
    if answers.ethnicity is not None:
        traits |= Trait[answers.ethnicity.name] | Trait.TOLD_ETHNICITY
    return int(traits)


def _wished(db: Session, city: City, period: Period) -> list[Learners]:
    """Return what was wished for in the areas of the city, where a search found nothing."""
    rows = db.execute(
        select(Wish.lsoa_code, Wish.category, func.count().label("wishes"))
        .where(
            Wish.month >= period.starts_on,
            Wish.month < period.ends_on,
            Wish.lsoa_code.in_(_homes_in(city)),
        )
        .group_by(Wish.lsoa_code, Wish.category)
    )
    return [
        Learners(
            str(row.lsoa_code),
            None,
            row.wishes,
            int(WISHES[row.category] if row.category else Trait.WISHED_ANYTHING),
        )
        for row in rows
    ]


def _saved(period: Period) -> Select:
    kept = union_all(
        _made_in(period, SavedSearch.owner_id, SavedSearch.created_at),
        _made_in(period, Goal.learner_id, Goal.made_at),
        _made_in(period, PlanItem.learner_id, PlanItem.made_at),
    ).subquery()
    return select(kept.c[0])


def _booked(period: Period) -> Select:
    return _made_in(period, Booking.learner_id, Booking.booked_at)


def _given(period: Period) -> Select:
    return _booked(period).where(Booking.status == BookingStatus.CONFIRMED)


def _used(period: Period) -> Select:
    return _made_in(period, Pack.learner_id, Pack.created_at).where(Pack.kind != PackKind.SHOW)


def _made_in(period: Period, whose, when) -> Select:
    return select(whose).where(when >= period.opens_at, when < period.closes_at)


def _grouped(db: Session, rows) -> list[Learners]:
    home, band, traits = rows.c.home_lsoa_code, rows.c.age_band, rows.c.traits
    grouped = select(home, band, func.count(), traits).group_by(home, band, traits)
    return [Learners(*row) for row in db.execute(grouped)]


def _homes_in(city: City) -> Select:
    return select(Area.lsoa_code).where(geo.lies_in(city))


def _bit_if(condition: ColumnElement[bool], trait: Trait) -> ColumnElement[int]:
    return case((condition, int(trait)), else_=0)
