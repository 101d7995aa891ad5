"""A learner's projects, and what is in the log of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from accounts.models import User
from logbook.models import EntryKind, Project, ProjectEntry

PAGE = 20


@dataclass(frozen=True)
class LogFacts:
    """What a log holds, in days, minutes and meetings. Nothing of it says how well it went."""

    entries: int
    minutes: int
    first_on: date | None
    last_on: date | None


def projects_of(db: Session, learner: User) -> Sequence[Project]:
    """Return a learner's projects, the one that was started last first."""
    own = select(Project).filter_by(learner_id=learner.id)
    return db.scalars(own.order_by(Project.started_on.desc(), Project.id.desc())).all()


def own_project(db: Session, learner: User, uuid: UUID) -> Project | None:
    """Return one project of this learner, with who was asked about it."""
    own = select(Project).filter_by(uuid=uuid, learner_id=learner.id)
    return db.scalar(own.options(selectinload(Project.witnesses)))


def project_begun_since(
    db: Session, learner: User, since: datetime, *, title: str, brief: str, started_on: date
) -> Project | None:
    """Return the project of these words and this day that a learner began here since an instant."""
    begun = select(Project).filter_by(
        learner_id=learner.id, title=title, brief=brief, started_on=started_on
    )
    return db.scalar(begun.where(Project.created_at > since).limit(1))


def own_entry(db: Session, project: Project, uuid: UUID) -> ProjectEntry | None:
    """Return one entry of the log of a project."""
    return db.scalar(select(ProjectEntry).filter_by(uuid=uuid, project_id=project.id))


def log_facts(db: Session, project: Project) -> LogFacts:
    """Return from when to when a log goes, and how long all of it took."""
    entry = ProjectEntry
    facts = select(
        func.count(),
        func.coalesce(func.sum(entry.minutes), 0),
        func.min(entry.done_on),
        func.max(entry.done_on),
    ).where(entry.project_id == project.id)
    return LogFacts(*db.execute(facts).one())


def log_page(
    db: Session, project: Project, *, number: int = 1, limit: int = PAGE
) -> tuple[Sequence[ProjectEntry], bool]:
    """Return a page of a log, newest day first, and whether there is another after it."""
    newest = (
        select(ProjectEntry)
        .filter_by(project_id=project.id)
        .order_by(ProjectEntry.done_on.desc(), ProjectEntry.id.desc())
        .offset((number - 1) * limit)
        .limit(limit + 1)
    )
    found = db.scalars(newest).all()
    return found[:limit], len(found) > limit


def whole_log(
    db: Session, project: Project, *, kind: EntryKind | None = None
) -> Sequence[ProjectEntry]:
    """Return a whole log, oldest day first; or all its entries of one kind."""
    entries = select(ProjectEntry).filter_by(project_id=project.id)
    if kind:
        entries = entries.filter_by(kind=kind)
    return db.scalars(entries.order_by(ProjectEntry.done_on, ProjectEntry.id)).all()
