"""The rules of setting out on a pathway, and of going along it."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from app.errors import Conflict, NotFound
from app.jobs import defer
from participation.locks import hold_learner
from pathways.models import Pathway, PathwayStart, PathwayStep, StepKind, StepWords
from pathways.queries import live_start_elsewhere, start_of
from providers.standing import is_trusted


def set_out(db: Session, *, learner: User, pathway: Pathway, now: datetime) -> PathwayStart:
    """Let a learner set out on a pathway; what they did before counts. Twice is harmless. Flushes.

    Whoever stopped goes on where they were.

    :raises Conflict: it is not open, or no longer.
    """
    hold_learner(db, learner)
    held = start_of(db, learner, pathway)
    if held is not None and held.left_at is None:
        return held
    _refuse_closed(db, pathway, now)
    if held is None:
        held = PathwayStart(learner=learner, pathway=pathway, started_at=now)
        db.add(held)
    held.started_at, held.left_at = now, None
    db.flush()
    _look_later(db, learner)
    return held


def stop(db: Session, *, learner: User, pathway: Pathway, now: datetime) -> None:
    """Let a learner stop. What they wrote stays theirs, and a badge that they have too. Flushes."""
    hold_learner(db, learner)
    held = start_of(db, learner, pathway)
    if held is not None and held.left_at is None:
        held.left_at = max(now, held.started_at)
        db.flush()


def go_over(db: Session, *, learner: User, pathway: Pathway, now: datetime) -> PathwayStart:
    """Let a learner go on with a newer version, and take along what they wrote. Flushes.

    What they came to and hold counts there as it does anywhere. Words go to the step of the same
    title.

    :raises Conflict: they are not under way on an earlier version, or this one is not open.
    """
    hold_learner(db, learner)
    earlier = live_start_elsewhere(db, learner, pathway)
    if earlier is None:
        raise Conflict(_("You are not on an earlier version of this pathway."))
    start = set_out(db, learner=learner, pathway=pathway, now=now)
    for words, title in _words_with_titles(db, earlier):
        step = next((each for each in pathway.steps if _takes_words(each, title)), None)
        if step is not None and db.get(StepWords, (start.id, step.id)) is None:
            _write(db, start, step, words.words, words.written_at)
    stop(db, learner=learner, pathway=earlier.pathway, now=now)
    return start


def write_words(
    db: Session, *, learner: User, pathway: Pathway, position: int, words: str, now: datetime
) -> None:
    """Keep what a learner writes for a step, in place of what stood there; nothing deletes it. Flushes.

    :raises NotFound: they never set out, or the step asks for no words.
    """
    hold_learner(db, learner)
    start = start_of(db, learner, pathway)
    step = next((each for each in pathway.steps if each.position == position), None)
    if start is None or step is None or step.kind is not StepKind.EVIDENCE:
        raise NotFound(_("We cannot find that step."))
    if words:
        _write(db, start, step, words, now)
    elif (written := db.get(StepWords, (start.id, step.id))) is not None:
        db.delete(written)
    db.flush()
    _look_later(db, learner)


def _refuse_closed(db: Session, pathway: Pathway, now: datetime) -> None:
    # Shared by all who set out: whoever changes the pathway waits for them, and then sees them.
    held = select(Pathway).filter_by(id=pathway.id).with_for_update(read=True, of=Pathway)
    db.scalar(held.execution_options(populate_existing=True))
    if not pathway.is_open or not is_trusted(pathway.provider, now):
        raise Conflict(_("Nobody can start this pathway any more."))


def _look_later(db: Session, learner: User) -> None:
    defer(db, "pathways.look_again", learner_id=learner.id)


def _words_with_titles(db: Session, start: PathwayStart):
    written = (
        select(StepWords, PathwayStep.title)
        .join(PathwayStep, StepWords.step_id == PathwayStep.id)
        .where(StepWords.start_id == start.id)
    )
    return db.execute(written).all()


def _takes_words(step: PathwayStep, title: str) -> bool:
    return step.kind is StepKind.EVIDENCE and step.title == title


def _write(
    db: Session, start: PathwayStart, step: PathwayStep, words: str, written_at: datetime
) -> None:
    key = {"start_id": start.id, "step_id": step.id, "pathway_id": start.pathway_id}
    db.merge(StepWords(**key, words=words, written_at=written_at))
    db.flush()
