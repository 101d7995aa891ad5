"""The lines of a record, read from where each is kept. This is the one place that knows how.

Nothing is copied: what is withdrawn, taken back or deleted where it is kept is no line any more. One
event is one line: a badge given for coming stands with the line that says they came.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    SQLColumnExpression,
    Text,
    Time,
    Uuid,
    and_,
    any_,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, array

from accounts.models import User
from badges.models import Achievement, AchievementCredential, AchievementKind, Skill
from badges.verifier import Outcome
from feedback.models import Feedback
from feedback.queries import is_shown
from logbook.models import LoggedActivity, LoggedKind, Project, ProjectEntry, Witness
from opportunities.models import Opportunity, OpportunityKind, ScheduledSession
from participation.models import Attendance, Booking
from providers.models import Provider
from record.models import BroughtLine, LineKind, Rung, Sort
from wallet.models import ImportedCredential

#: What a badge stands by that was given for what other lines of the record say already.
_FOR_COMING = "attendance"
_DERIVED = ("rule:", "pathway")
_FOUNDATIONS = cast(array([skill.value for skill in Skill if skill.is_foundation]), ARRAY(Text))
_NO_SKILLS = cast(array([], type_=Text), ARRAY(Text))


def lines(learner: User) -> CompoundSelect:
    """Return a select of all lines of a learner, unordered.

    Its columns: `kind`, `uuid`, `at` (an instant), `title`, `who` (an organisation or a person, or
    ""), `minutes`, `skills`, `sort`, `rung`, `badge` (the uuid of the badge that came with it),
    `context` and `person` (where it was, and who says so, so that two can be told apart; no person
    where it is the learner alone), `is_own_point` (false for what is worked out of other lines),
    `source` and `source_uuid` (of the booking, badge or other thing that it comes from; `uuid` is that of
    the line, which for a booking is the attendance's), `host` (the site that it was brought from, or "").
    """
    parts = (_came, _badges, _imported, _logged, _projects, _brought)
    return union_all(*(part(learner) for part in parts))


def _came(learner: User) -> Select:
    skills = func.coalesce(Achievement.skills, _NO_SKILLS)
    return (
        _line(
            LineKind.CAME,
            uuid=Attendance.uuid,
            at=ScheduledSession.starts_at,
            title=Opportunity.title,
            who=Provider.name,
            minutes=Attendance.minutes,
            skills=skills,
            sort=case(
                (Opportunity.kind == OpportunityKind.WORK_EXPERIENCE, Sort.WORK.value),
                (Opportunity.kind == OpportunityKind.VOLUNTEERING, Sort.VOLUNTEERING.value),
                else_=_by_skills(skills),
            ),
            rung=case(
                (
                    and_(
                        Achievement.kind == AchievementKind.COMPETENCY,
                        AchievementCredential.id.is_not(None),
                    ),
                    Rung.OBSERVED.value,
                ),
                (_said_of(Feedback.booking_id, Booking.id), Rung.OBSERVED.value),
                else_=Rung.CONFIRMED.value,
            ),
            source=Booking.id,
            source_uuid=Booking.uuid,
            badge=AchievementCredential.uuid,
            context=_of("organisation", Provider.id),
            person=_of("account", Attendance.confirmed_by_id),
        )
        .select_from(Attendance)
        .join(Attendance.booking)
        .join(Booking.scheduled_session)
        .join(ScheduledSession.opportunity)
        .join(Opportunity.provider)
        .outerjoin(Opportunity.achievement)
        .outerjoin(
            AchievementCredential,
            and_(
                AchievementCredential.achievement_id == Opportunity.achievement_id,
                AchievementCredential.recipient_id == Booking.learner_id,
                AchievementCredential.revoked_at.is_(None),
                _stands_by(_FOR_COMING),
            ),
        )
        .where(Booking.learner_id == learner.id, Attendance.withdrawn_at.is_(None))
    )


def _badges(learner: User) -> Select:
    credential = AchievementCredential
    return (
        _line(
            LineKind.BADGE,
            uuid=credential.uuid,
            at=credential.awarded_at,
            title=Achievement.name,
            who=Provider.name,
            skills=Achievement.skills,
            sort=_by_skills(Achievement.skills),
            rung=case(
                (Achievement.kind == AchievementKind.COMPETENCY, Rung.OBSERVED.value),
                (_said_of(Feedback.credential_id, credential.id), Rung.OBSERVED.value),
                else_=Rung.CONFIRMED.value,
            ),
            source=credential.id,
            badge=credential.uuid,
            context=_of("organisation", Provider.id),
            person=_of("organisation", Provider.id),
            is_own_point=~or_(*(_stands_by(word) for word in _DERIVED)),
        )
        .select_from(credential)
        .join(credential.achievement)
        .join(Provider, Provider.id == credential.issuer_id)
        .where(
            credential.recipient_id == learner.id,
            credential.revoked_at.is_(None),
            ~_stands_by(_FOR_COMING),
        )
    )


def _imported(learner: User) -> Select:
    badge = ImportedCredential
    passed = badge.outcome == Outcome.PASSED
    return _line(
        LineKind.IMPORTED,
        uuid=badge.uuid,
        at=func.coalesce(badge.valid_from, badge.imported_at),
        title=badge.name,
        who=func.coalesce(func.nullif(badge.issuer_name, ""), badge.issuer_domain),
        skills=_NO_SKILLS,
        sort=literal(Sort.ELSEWHERE.value),
        rung=case((passed, Rung.CONFIRMED.value), else_=Rung.SAID.value),
        source=badge.id,
        context=func.concat("elsewhere:", badge.issuer_id),
        person=case((passed, func.concat("elsewhere:", badge.issuer_id))),
    ).where(badge.learner_id == learner.id)


def _logged(learner: User) -> Select:
    logged = LoggedActivity
    said = (
        exists().where(Witness.activity_id == logged.id, Witness.was_so.is_(True)).correlate(logged)
    )
    adult = (
        select(func.concat_ws(", ", Witness.name, Witness.role))
        .where(Witness.activity_id == logged.id, Witness.was_so.is_(True), ~Witness.is_friend)
        .limit(1)
        .scalar_subquery()
    )
    return _line(
        LineKind.LOGGED,
        uuid=logged.uuid,
        at=_noon_of(logged.done_on),
        title=logged.title,
        who=func.coalesce(adult, ""),
        minutes=logged.minutes,
        skills=logged.skills,
        sort=case(
            *(
                (logged.kind == kind, Sort(kind.value).value)
                for kind in LoggedKind
                if kind is not LoggedKind.ACTIVITY
            ),
            else_=_by_skills(logged.skills),
        ),
        rung=case(
            (_said_of(Feedback.logged_activity_id, logged.id), Rung.OBSERVED.value),
            (said, Rung.SEEN.value),
            else_=Rung.SAID.value,
        ),
        source=logged.id,
        context=func.concat("place:", func.lower(logged.place)),
        person=case(
            (adult.is_not(None), func.concat("adult:", func.lower(adult))),
            (said, literal("friend")),
        ),
    ).where(logged.learner_id == learner.id)


def _projects(learner: User) -> Select:
    project, entry = Project, ProjectEntry
    log = select(func.max(entry.done_on)).where(entry.project_id == project.id).scalar_subquery()
    word = (
        select(func.concat_ws(", ", Witness.name, Witness.role).label("who"), Witness.answered_at)
        .where(
            Witness.project_id == project.id, Witness.was_so.is_(True), Witness.ended_at.is_(None)
        )
        .lateral("word")
    )
    minutes = (
        select(func.sum(entry.minutes))
        .where(
            entry.project_id == project.id,
            # Nobody is taken to have seen what was written after they said so.
            or_(word.c.answered_at.is_(None), entry.logged_at <= word.c.answered_at),
        )
        .scalar_subquery()
    )
    return (
        _line(
            LineKind.PROJECT,
            uuid=project.uuid,
            source=project.id,
            at=_noon_of(func.coalesce(log, project.started_on)),
            title=project.title,
            who=func.coalesce(word.c.who, ""),
            minutes=minutes,
            skills=project.skills,
            sort=literal(Sort.PROJECT.value),
            rung=case((word.c.who.is_not(None), Rung.SEEN.value), else_=Rung.SAID.value),
            # Two projects of one sort are not two places: both were the learner's own to set.
            context=func.concat("project:", project.kind),
            person=case((word.c.who.is_not(None), func.concat("adult:", func.lower(word.c.who)))),
        )
        .select_from(project)
        .outerjoin(word, true())
        .where(project.learner_id == learner.id)
    )


def _noon_of(day: SQLColumnExpression[Any]) -> ColumnElement[Any]:
    """Return an instant of a day: noon in London sorts it among the day's sessions."""
    return func.timezone("Europe/London", day + literal("12:00").cast(Time))


def _brought(learner: User) -> Select:
    brought = BroughtLine
    is_confirmed = brought.rung != Rung.SAID
    return _line(
        LineKind.BROUGHT,
        uuid=brought.uuid,
        at=brought.at,
        title=brought.title,
        who=brought.who,
        minutes=brought.minutes,
        skills=brought.skills,
        sort=brought.sort,
        rung=brought.rung,
        source=brought.id,
        host=brought.host,
        context=func.concat("host:", brought.host, ":", func.lower(brought.who)),
        person=case((is_confirmed, func.concat("host:", brought.host, ":", brought.who))),
    ).where(brought.learner_id == learner.id)


def _line(kind: LineKind, **given: SQLColumnExpression[Any]) -> Select:
    every = {
        "minutes": null(),
        "badge": null(),
        "is_own_point": literal(True),
        "source_uuid": given["uuid"],
        "host": literal(""),
    } | given
    return select(
        literal(kind.value).label("kind"),
        every["uuid"].label("uuid"),
        every["at"].label("at"),
        every["title"].label("title"),
        every["who"].label("who"),
        cast(every["minutes"], Integer).label("minutes"),
        every["skills"].label("skills"),
        every["sort"].label("sort"),
        every["rung"].label("rung"),
        cast(every["badge"], Uuid).label("badge"),
        every["context"].label("context"),
        every["person"].label("person"),
        every["is_own_point"].label("is_own_point"),
        cast(every["source"], BigInteger).label("source"),
        every["source_uuid"].label("source_uuid"),
        every["host"].label("host"),
    )


def _said_of(about: SQLColumnExpression[Any], id: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    """Return whether an adult said something of this that the learner shows."""
    return exists().where(about == id, is_shown())


def _by_skills(skills: SQLColumnExpression[Any]) -> ColumnElement[str]:
    return case(
        (skills.op("&&")(_FOUNDATIONS), Sort.FOUNDATION.value),
        (func.cardinality(skills) > 0, Sort.SKILL.value),
        else_=Sort.OTHER.value,
    )


def _stands_by(ground: str) -> ColumnElement[bool]:
    """Return whether a badge stands by this; one that ends in a colon stands for all that begin so."""
    grounds = AchievementCredential.grounds
    if ground.endswith(":"):
        return func.concat(" ", func.array_to_string(grounds, " ")).like(f"% {ground}%")
    return literal(ground) == any_(grounds)


def _of(what: str, id: SQLColumnExpression[int]) -> ColumnElement[str]:
    return func.concat(f"{what}:", id)
