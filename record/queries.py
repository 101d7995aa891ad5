"""A learner's own record: its strands, its lines in pages, and what shows a skill."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    any_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Session

from accounts.models import User
from app.clock import LONDON
from badges.models import Skill
from feedback.models import Feedback
from feedback.queries import is_shown
from geo.models import Area, City
from geo.queries.areas import city_of_area
from participation.models import Attendance, Booking
from record.lines import lines
from record.models import LineChoice, LineKind, RecordStrand, Rung, Sort, SufficiencyRule
from record.sufficiency import Point, Rule, standing_of

PAGE = 20


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing in a record, as it stands now."""

    kind: LineKind
    uuid: UUID
    at: datetime
    title: str
    #: The organisation or the adult that says so; "" where it is the learner alone, or a friend.
    who: str
    minutes: int | None
    skills: Sequence[Skill]
    sort: Sort
    rung: Rung
    #: The badge that came with it.
    badge: UUID | None
    strand: str
    is_hidden: bool
    counts: bool
    #: The id of the booking, badge or other thing that it comes from: never for an address.
    source: int
    #: Its uuid.
    source_uuid: UUID
    #: The site that says so, where it was brought from one; "" for what is of here.
    host: str = ""

    @property
    def key(self) -> str:
        """What tells it apart in a form: `came_…`."""
        return f"{self.kind}_{self.uuid}"


@dataclass(frozen=True)
class Page:
    """Some lines, newest first, and where the next ones begin."""

    lines: Sequence[Line]
    #: To be handed in again as `before`; "" where there are no more.
    next: str


@dataclass(frozen=True)
class Band:
    """One strand of a record: its newest lines, and whether there are more."""

    strand: RecordStrand
    lines: Sequence[Line]
    has_more: bool


@dataclass(frozen=True)
class Mark:
    """One thing that shows a skill, and who says so."""

    at: datetime
    rung: Rung


def city_of(db: Session, learner: User) -> City | None:
    """Return the city that a learner lives in, if theirs is one of ours."""
    home = db.get(Area, learner.home_lsoa_code) if learner.home_lsoa_code else None
    return city_of_area(db, home) if home else None


def strands_for(db: Session, learner: User) -> Sequence[RecordStrand]:
    """Return the strands of a learner's record, in order: their city's own, or everybody's."""
    city = city_of(db, learner)
    return (strands_of(db, city) if city else ()) or strands_of(db, None)


def strands_of(db: Session, city: City | None) -> Sequence[RecordStrand]:
    """Return a city's own strands, or those of everybody else."""
    of = RecordStrand.city_id == city.id if city else RecordStrand.city_id.is_(None)
    return db.scalars(select(RecordStrand).where(of).order_by(RecordStrand.position)).all()


def rule_for(db: Session, learner: User) -> Rule:
    """Return how much a learner's city asks for before something is said of a skill."""
    city = city_of(db, learner)
    own = db.get(SufficiencyRule, city.id) if city else None
    return Rule(own.points, own.contexts, own.people) if own else Rule()


def page_of(
    db: Session,
    learner: User,
    strands: Sequence[RecordStrand],
    *,
    strand: str = "",
    skill: Skill | None = None,
    hidden: bool | None = None,
    before: str = "",
    limit: int = PAGE,
) -> Page:
    """Return a page of a learner's lines, newest first.

    :param strand: the key of one of `strands`, for its lines alone.
    :param skill: for what shows this skill alone: lines that the learner lets count.
    :param hidden: whether hidden ones alone, or only those that are not; both where it is not said.
    :param before: the `next` of the page before. One that is none begins at the beginning.
    """
    chosen = _chosen(learner, strands)
    found = select(chosen).order_by(chosen.c.at.desc(), chosen.c.uuid.desc()).limit(limit + 1)
    if strand:
        found = found.where(chosen.c.strand == strand)
    if skill:
        found = found.where(chosen.c.counts, literal(skill.value) == any_(chosen.c.skills))
    if hidden is not None:
        found = found.where(chosen.c.is_hidden.is_(hidden))
    if place := _read_place(before):
        found = found.where(tuple_(chosen.c.at, chosen.c.uuid) < tuple_(*map(literal, place)))
    read = [_line(row) for row in db.execute(found)]
    return Page(read[:limit], _place(read[limit - 1]) if len(read) > limit else "")


def bands_of(
    db: Session, learner: User, strands: Sequence[RecordStrand], *, each: int = 3
) -> list[Band]:
    """Return each strand with its newest lines; hidden ones are left out."""
    chosen = _chosen(learner, strands)
    nth = func.row_number().over(
        partition_by=chosen.c.strand, order_by=(chosen.c.at.desc(), chosen.c.uuid.desc())
    )
    ranked = select(chosen, nth.label("nth")).where(~chosen.c.is_hidden).subquery()
    newest = select(ranked).where(ranked.c.nth <= each + 1).order_by(ranked.c.nth)
    found = defaultdict(list)
    for row in db.execute(newest):
        found[row.strand].append(_line(row))
    return [
        Band(strand, found[strand.key][:each], len(found[strand.key]) > each) for strand in strands
    ]


def lines_named(
    db: Session, learner: User, strands: Sequence[RecordStrand], keys: Collection[str]
) -> list[Line]:
    """Return those of a learner's lines that have these keys, newest first."""
    chosen = _chosen(learner, strands)
    key = func.concat(chosen.c.kind, "_", chosen.c.uuid)
    found = select(chosen).where(key.in_(list(keys)))
    ordered = found.order_by(chosen.c.at.desc(), chosen.c.uuid.desc())
    return [_line(row) for row in db.execute(ordered)]


def line_named(
    db: Session, learner: User, strands: Sequence[RecordStrand], kind: LineKind, uuid: UUID
) -> Line | None:
    """Return one of a learner's lines."""
    return next(iter(lines_named(db, learner, strands, [f"{kind}_{uuid}"])), None)


def marks_of(
    db: Session, learner: User, *, since: datetime, until: datetime, shown_only: bool = False
) -> Mapping[Skill, list[Mark]]:
    """Return what shows each skill in a time, oldest first. Skills without anything are left out.

    :param shown_only: without the lines that the learner hides, as others see it.
    """
    shows = _what_shows(learner, shown_only).subquery()
    found = (
        select(shows.c.skill, shows.c.at, shows.c.rung)
        .where(shows.c.at >= since, shows.c.at < until)
        .order_by(shows.c.at)
    )
    marks = defaultdict(list)
    for skill, at, rung in db.execute(found):
        marks[Skill(skill)].append(Mark(at, Rung(rung)))
    for skill, each in _said_apart(db, learner):
        if since <= each.given_at < until:
            marks[skill] = sorted([*marks[skill], Mark(each.given_at, Rung.OBSERVED)], key=_when)
    return marks


def marks_between(
    db: Session, learner: User, year: date, *, shown_only: bool = False
) -> Mapping[Skill, list[Mark]]:
    """Return what shows each skill in the school year that begins on a day."""
    opens, closes = (
        datetime.combine(day, time.min, LONDON) for day in (year, year.replace(year=year.year + 1))
    )
    return marks_of(db, learner, since=opens, until=closes, shown_only=shown_only)


def points_of(
    db: Session, learner: User, *, shown_only: bool = False, skill: Skill | None = None
) -> Mapping[Skill, list[Point]]:
    """Return all that shows each skill, whenever it was: nothing runs out.

    :param skill: the one that is asked about; all of them where it is not said.
    """
    points = defaultdict(list)
    for row in db.execute(_what_shows(learner, shown_only, skill)):
        points[Skill(row.skill)].append(Point(row.uuid, Rung(row.rung), row.context, row.person))
    for named, each in _said_apart(db, learner):
        giver = f"account:{each.giver_id}" if each.giver_id else f"adult:{each.giver_name.lower()}"
        if skill in (None, named):
            points[named].append(Point(each.uuid, Rung.OBSERVED, giver, giver))
    return points


def _said_apart(db: Session, learner: User) -> Iterator[tuple[Skill, Feedback]]:
    """Yield each skill that an adult named, where what they spoke of is no line that shows it already."""
    shows = _what_shows(learner, shown_only=False).subquery()
    sources = (Feedback.booking_id, Feedback.logged_activity_id, Feedback.credential_id)
    kinds = (LineKind.CAME, LineKind.LOGGED, LineKind.BADGE)
    each = func.unnest(Feedback.skills).table_valued("skill").render_derived()
    is_shown_there = exists().where(
        shows.c.skill == each.c.skill,
        or_(
            *(
                and_(shows.c.kind == kind, shows.c.source == source)
                for kind, source in zip(kinds, sources, strict=True)
            )
        ),
    )
    apart = (
        select(each.c.skill, Feedback)
        .join(each, true())
        .where(Feedback.learner_id == learner.id, is_shown(), ~is_shown_there)
        .order_by(Feedback.given_at)
    )
    for skill, said in db.execute(apart):
        yield Skill(skill), said


def _when(mark: Mark) -> datetime:
    return mark.at


def claims_of(db: Session, learner: User) -> list[Skill]:
    """Return the skills of which the record has enough to say something, as others may see it."""
    rule, points = rule_for(db, learner), points_of(db, learner, shown_only=True)
    return [skill for skill in Skill if standing_of(points.get(skill, []), rule).is_enough]


def hours_of(db: Session, learner: User) -> int:
    """Return the whole hours of all sessions that providers confirmed for a learner."""
    minutes = db.scalar(
        select(func.sum(Attendance.minutes))
        .join(Attendance.booking)
        .where(Booking.learner_id == learner.id, Attendance.withdrawn_at.is_(None))
    )
    return int(minutes or 0) // 60


def _what_shows(learner: User, shown_only: bool, skill: Skill | None = None) -> Select:
    all_lines = lines(learner).subquery()
    each = func.unnest(all_lines.c.skills).table_valued("skill").render_derived()
    counts = func.coalesce(LineChoice.counts, True)
    found = (
        select(
            each.c.skill,
            *(
                all_lines.c[name]
                for name in ("kind", "source", "uuid", "at", "rung", "context", "person")
            ),
        )
        .select_from(all_lines)
        .outerjoin(LineChoice, _is_about(all_lines, learner))
        .join(each, true())
        .where(all_lines.c.is_own_point, counts)
    )
    if skill:
        found = found.where(each.c.skill == skill.value)
    return found.where(~func.coalesce(LineChoice.is_hidden, False)) if shown_only else found


def _chosen(learner: User, strands: Sequence[RecordStrand]):
    """Return all lines with what the learner chose about each."""
    all_lines = lines(learner).subquery()
    keys = [strand.key for strand in strands]
    own = case((LineChoice.strand_key.in_(keys), LineChoice.strand_key))
    return (
        select(
            *(column for column in all_lines.c if column.name not in ("context", "person")),
            func.coalesce(own, _falls_in(all_lines.c.sort, strands)).label("strand"),
            func.coalesce(LineChoice.is_hidden, False).label("is_hidden"),
            func.coalesce(LineChoice.counts, True).label("counts"),
        )
        .select_from(all_lines)
        .outerjoin(LineChoice, _is_about(all_lines, learner))
        .subquery()
    )


def _is_about(all_lines, learner: User) -> ColumnElement[bool]:
    return and_(
        LineChoice.learner_id == learner.id,
        LineChoice.kind == all_lines.c.kind,
        LineChoice.uuid == all_lines.c.uuid,
    )


def _falls_in(sort: ColumnElement[str], strands: Sequence[RecordStrand]) -> ColumnElement[str]:
    return case(
        *((sort.in_(list(strand.takes)), strand.key) for strand in strands), else_=strands[-1].key
    )


def _line(row) -> Line:
    return Line(
        kind=LineKind(row.kind),
        uuid=row.uuid,
        at=row.at,
        title=row.title,
        who=row.who,
        minutes=row.minutes,
        skills=[skill for skill in Skill if skill in row.skills],
        sort=Sort(row.sort),
        rung=Rung(row.rung),
        badge=row.badge,
        strand=row.strand,
        is_hidden=row.is_hidden,
        counts=row.counts,
        source=row.source,
        source_uuid=row.source_uuid,
        host=row.host,
    )


def _place(line: Line) -> str:
    return f"{line.at.timestamp():.6f}_{line.uuid}"


def _read_place(before: str) -> tuple[datetime, UUID] | None:
    at, _, uuid = before.partition("_")
    try:
        return datetime.fromtimestamp(float(at), UTC), UUID(uuid)
    except (ValueError, OverflowError, OSError):
        return None
