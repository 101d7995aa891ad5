"""The rules of projects: theirs to write, and what somebody confirmed stays as they saw it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete
from sqlalchemy.orm import Session

from accounts.models import User
from app.clock import LONDON
from app.db import lock
from app.errors import Conflict, NotFound
from badges.models import Skill
from logbook.models import EntryKind, Project, ProjectEntry, ProjectKind
from logbook.project_queries import log_facts, own_entry, own_project, project_begun_since
from logbook.service import OLDEST, TWO_TAPS, refuse_day

#: More than anybody writes of one project, and little enough to be set on paper in one go.
MOST_ENTRIES = 500
#: What a witness is shown. Whoever changes one of these ends their word: the page says so before.
SEEN = ("kind", "title", "brief", "product", "started_on", "finished_on", "skills")


def start_project(
    db: Session,
    *,
    learner: User,
    kind: ProjectKind,
    title: str,
    brief: str,
    started_on: date,
    now: datetime,
    skills: Sequence[Skill] = (),
) -> Project:
    """Begin a project; a second tap begins no second one. Flushes.

    :raises Conflict: it began on a day that is yet to come, or too long ago.
    """
    # Held, so that of two taps at once the second finds what the first began.
    lock(db, User, learner.id)
    if same := project_begun_since(
        db, learner, now - TWO_TAPS, title=title, brief=brief, started_on=started_on
    ):
        return same
    project = Project(
        learner=learner,
        kind=kind,
        title=title,
        brief=brief,
        started_on=started_on,
        skills=_in_order(skills),
        created_at=now,
        witnesses=[],
    )
    _refuse_days(project, now)
    db.add(project)
    db.flush()
    return project


def change_project(
    db: Session, *, learner: User, uuid: UUID, now: datetime, **said: Any
) -> Project:
    """Keep what a learner writes of a project anew. Flushes.

    Where that is something that a witness is shown, their word ends, and so does a link that waits
    for one: nobody can be taken to have seen what they did not.

    :raises NotFound: the learner has no such project.
    :raises Conflict: its days are in no order, yet to come, or too long ago.
    """
    project = _held(db, learner, uuid)
    if "skills" in said:
        said["skills"] = _in_order(said["skills"])
    changed = {name for name, value in said.items() if getattr(project, name) != value}
    if changed & set(SEEN):
        _end_words(db, project, now)
    for name, value in said.items():
        setattr(project, name, value)
    _refuse_days(project, now)
    db.flush()
    return project


def delete_project(db: Session, *, learner: User, uuid: UUID) -> None:
    """Delete a project with its log, and what was said of it. Twice is harmless. Flushes."""
    project = own_project(db, learner, uuid)
    if project is None:
        return
    lock(db, Project, project.id)
    for witness in project.witnesses:
        db.delete(witness)
    db.execute(delete(ProjectEntry).filter_by(project_id=project.id))
    db.delete(project)
    db.flush()


def note_entry(
    db: Session,
    *,
    learner: User,
    uuid: UUID,
    kind: EntryKind,
    done_on: date,
    words: str,
    minutes: int,
    now: datetime,
    source: str = "",
) -> ProjectEntry:
    """Write down in the log of a project what was done on a day. Flushes.

    :raises NotFound: the learner has no such project.
    :raises Conflict: the day is yet to come or too long ago, or has not so many hours; or the log is full.
    """
    refuse_day(db, learner, done_on, minutes, now)
    project = _held(db, learner, uuid)
    if log_facts(db, project).entries >= MOST_ENTRIES:
        raise Conflict(_("This log is full: it has %(number)s entries.", number=MOST_ENTRIES))
    entry = ProjectEntry(
        project=project,
        kind=kind,
        done_on=done_on,
        words=words,
        source=source,
        minutes=minutes,
        logged_at=now,
    )
    db.add(entry)
    db.flush()
    return entry


def take_out_entry(db: Session, *, learner: User, uuid: UUID, entry_uuid: UUID) -> None:
    """Take an entry out of the log of a project. Twice is harmless. Flushes.

    :raises NotFound: the learner has no such project.
    """
    entry = own_entry(db, _held(db, learner, uuid), entry_uuid)
    if entry is not None:
        db.delete(entry)
        db.flush()


def _held(db: Session, learner: User, uuid: UUID) -> Project:
    project = own_project(db, learner, uuid)
    if project is None:
        raise NotFound(_("We cannot find that project."))
    lock(db, Project, project.id)
    db.refresh(project, ["witnesses"])
    return project


def _end_words(db: Session, project: Project, now: datetime) -> None:
    for witness in project.witnesses:
        if witness.ended_at is None and witness.was_so is not False:
            witness.ended_at = now
    # First: the database lets nothing be changed that somebody's word stands for.
    db.flush()


def _refuse_days(project: Project, now: datetime) -> None:
    today = now.astimezone(LONDON).date()
    if max(project.started_on, project.finished_on or project.started_on) > today:
        raise Conflict(_("That day is still to come. Add it when you have done it."))
    if project.started_on < today - OLDEST:
        raise Conflict(_("That is more than three years ago."))
    if project.finished_on and project.finished_on < project.started_on:
        raise Conflict(_("It cannot end before it starts."))


def _in_order(skills: Sequence[Skill]) -> list[Skill]:
    return [skill for skill in Skill if skill in skills]
