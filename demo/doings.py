"""What Seren does besides: a project with its log, and days of work that she tells of herself."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from app.clock import LONDON
from app.links import token_hash, token_of
from badges.models import Skill
from logbook.models import EntryKind, LoggedKind, ProjectKind
from logbook.project_service import change_project, note_entry, start_project
from logbook.service import LINK_KIND, answer_as_adult, ask_witness, log_activity
from logbook.work_queries import employers_of
from logbook.work_service import say_of_employer
from opportunities.models import (
    EncounterPoint,
    Opportunity,
    OpportunityKind,
    Placement,
    ScheduledSession,
)
from participation.models import Booking

#: How many days ago, what it was, for how long, in her words, and of what source.
_LOG = (
    (
        96,
        EntryKind.DID,
        60,
        "Walked down our street at noon and wrote down where it was shady.",
        "",
    ),
    (
        93,
        EntryKind.READ,
        45,
        "Trees cool a street in two ways: shade, and the water they breathe out.",
        "Trees and Design Action Group: First Steps in Trees and New Developments",
    ),
    (90, EntryKind.MET, 30, "Mr Rees asked how I will measure it. I did not know yet.", ""),
    (
        86,
        EntryKind.CHANGED,
        30,
        "I will compare two streets, not ten. Ten is too many for one thermometer.",
        "",
    ),
    (
        79,
        EntryKind.DID,
        150,
        "Measured both streets at 8, 12 and 4 o'clock, three days running.",
        "",
    ),
    (
        72,
        EntryKind.READ,
        60,
        "A dark roof gets much hotter than a light one. So I looked at the roofs, too.",
        "Met Office: What is an urban heat island?",
    ),
    (65, EntryKind.MET, 30, "Showed Mr Rees my table. He asked what surprised me.", ""),
    (58, EntryKind.DID, 180, "Built the model out of card and painted one half white.", ""),
    (
        51,
        EntryKind.DID,
        120,
        "Wrote the report and asked Mam to find what she could not follow.",
        "",
    ),
)
_BRIEF = (
    "How could our street stay cooler in summer?\nMy nan could not go out for two weeks last July. I"
    " want to know what we could do that does not cost much."
)
_PRODUCT = (
    "A model of our street with white roofs and six trees, and a report of eight pages with my table."
    "\nThe model stands in the library until the end of term."
)
_SHOWN = "To my class and two people from the council. They asked who would water the trees."
_REVIEW = (
    "Measuring went well. I should have started with fewer streets. Next time I ask somebody who knows"
    " about roofs much earlier."
)
#: What employers say of a day with them.
_PROMISED = {
    EncounterPoint.PURPOSE.value: "",
    EncounterPoint.PEOPLE.value: "You meet three people who do different jobs.",
    EncounterPoint.REAL_TASK.value: "You finish one small thing that we need.",
}
#: How many days ago she was at the garage.
_AT_WORK = (40, 39, 38)


def do_more(db: Session, seren: User, *, secret: str, now: datetime) -> None:
    """Let Seren have a project that a teacher confirmed, and days of work with what she says of them. Flushes."""
    _keep_a_project(db, seren, secret=secret, now=now)
    _work(db, seren, secret=secret, now=now)


def _keep_a_project(db: Session, seren: User, *, secret: str, now: datetime) -> None:
    project = start_project(
        db,
        learner=seren,
        kind=ProjectKind.HIGHER,
        title="A cooler street",
        brief=_BRIEF,
        started_on=_day(now, 98),
        skills=[Skill.PLANNING, Skill.PROBLEM_SOLVING],
        now=now,
    )
    for days_ago, kind, minutes, words, source in _LOG:
        note_entry(
            db,
            learner=seren,
            uuid=project.uuid,
            kind=kind,
            done_on=_day(now, days_ago),
            words=words,
            source=source,
            minutes=minutes,
            now=now,
        )
    change_project(
        db,
        learner=seren,
        uuid=project.uuid,
        now=now,
        product=_PRODUCT,
        finished_on=_day(now, 50),
        presentation=_SHOWN,
        presentation_on=_day(now, 48),
        review=_REVIEW,
    )
    _seen(db, seren, project.uuid, "Huw Rees", "taught the project", secret=secret, now=now)


def _work(db: Session, seren: User, *, secret: str, now: datetime) -> None:
    for days_ago in _AT_WORK:
        activity = log_activity(
            db,
            learner=seren,
            kind=LoggedKind.WORK,
            title="Helped in the workshop",
            place="Harbour Cycles",
            description="Took wheels apart, cleaned them, and put two back together.",
            done_on=_day(now, days_ago),
            minutes=300,
            skills=[Skill.LISTENING],
            now=now,
        )
    _seen(db, seren, activity.uuid, "Nia Parry", "runs the workshop", secret=secret, now=now)
    _promise(db, seren)
    for employer in employers_of(db, seren):
        if employer.provider_id is None:
            say_of_employer(
                db,
                learner=seren,
                uuid=employer.uuid,
                seen={
                    EncounterPoint.REAL_TASK: "Two of my wheels went back to their owners.",
                    EncounterPoint.TWO_WAY: "I asked why they do not sell new bikes.",
                    EncounterPoint.FEEDBACK: "",
                },
                reflection="I like it when you can see that it works. I do not like the phone.",
            )


def _promise(db: Session, seren: User) -> None:
    """Let the employers that Seren was with have said what makes a day with them a good one."""
    was_there = (
        select(Opportunity)
        .join(ScheduledSession, ScheduledSession.opportunity_id == Opportunity.id)
        .join(Booking, Booking.scheduled_session_id == ScheduledSession.id)
        .where(Booking.learner_id == seren.id, Opportunity.kind == OpportunityKind.WORK_EXPERIENCE)
        .distinct()
    )
    for opportunity in db.scalars(was_there):
        opportunity.placement = opportunity.placement or Placement(points=_PROMISED)
    db.flush()


def _seen(
    db: Session, seren: User, uuid, name: str, role: str, *, secret: str, now: datetime
) -> None:
    asked = ask_witness(db, learner=seren, uuid=uuid, friend=False, secret=secret, now=now)
    opens = token_hash(token_of(asked.uuid, secret=secret, kind=LINK_KIND))
    answer_as_adult(db, token_hash=opens, was_so=True, name=name, role=role, now=now)


def _day(now: datetime, days_ago: int) -> date:
    return now.astimezone(LONDON).date() - timedelta(days=days_ago)
