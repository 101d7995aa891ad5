"""Whatever two learners do, hide, delete and erase: what is one's own goes, and what others confirmed stays.

The rule is written twice: here, by counting, and in the product.
"""

from dataclasses import dataclass, field
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from accounts.models import User
from app.db import Base, current_db
from badges.models import Skill
from evidence import service as evidence
from logbook.service import delete_logged
from participation.attendance import withdraw_attendance
from participation.models import AttendanceTrace
from plans.service import add_goal
from portable.erasing import erase_learner, is_learners, rows_of
from record.models import LineKind
from record.queries import page_of, strands_for
from record.service import choose
from tests import factories
from tests.factories import NOW
from tests.record.there import badge, logged, went

_ACTS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(
            [
                "come",
                "withdraw",
                "log",
                "delete log",
                "hide",
                "show",
                "keep",
                "delete piece",
                "goal",
            ]
        ),
        st.integers(0, 3),
    ),
    min_size=4,
    max_size=16,
)


@dataclass
class Life:
    """What there ought to be of one learner, by counting."""

    learner: User
    came: dict = field(default_factory=dict)
    said: set = field(default_factory=set)
    hidden: set = field(default_factory=set)
    pieces: list = field(default_factory=list)
    goals: int = 0

    @property
    def lines(self) -> set[str]:
        return {f"came_{uuid}" for uuid in self.came} | {f"logged_{uuid}" for uuid in self.said}


def _do(db, life: Life, act: str, which: int) -> None:
    learner = life.learner
    if act == "come":
        attendance = went(db, learner, **badge(skills=[Skill.ORACY]))
        life.came[attendance.uuid] = attendance
    elif act == "withdraw" and life.came:
        uuid = list(life.came)[which % len(life.came)]
        attendance = life.came.pop(uuid)
        withdraw_attendance(
            db,
            booking_uuid=attendance.booking.uuid,
            withdrawn_by=attendance.confirmed_by,
            now=NOW,
        )
    elif act == "log":
        life.said.add(logged(db, learner, days_ago=which + 1).uuid)
    elif act == "delete log" and life.said:
        uuid = sorted(life.said)[which % len(life.said)]
        delete_logged(db, learner=learner, uuid=uuid)
        life.said.discard(uuid)
    elif act in ("hide", "show") and life.lines:
        key = sorted(life.lines)[which % len(life.lines)]
        _choose(db, learner, key, is_hidden=act == "hide")
        (life.hidden.add if act == "hide" else life.hidden.discard)(key)
    elif act == "keep":
        about = evidence.About(title="A pot", words="It held.", happened_on=NOW.date())
        life.pieces.append(evidence.add_words(db, learner=learner, about=about, now=NOW).uuid)
    elif act == "delete piece" and life.pieces:
        uuid = life.pieces.pop(which % len(life.pieces))
        evidence.delete_piece(db, learner=learner, uuid=uuid)
    elif act == "goal":
        add_goal(db, learner=learner, words=f"Goal {life.goals}", now=NOW)
        life.goals += 1


def _choose(db, learner, key, *, is_hidden):
    kind, _sep, uuid = key.partition("_")
    (line,) = [line for line in _lines(db, learner) if line.key == key]
    choose(
        db,
        learner=learner,
        kind=LineKind(kind),
        uuid=line.uuid,
        is_hidden=is_hidden,
        counts=True,
        strand=line.strand,
    )
    assert str(line.uuid) == uuid


def _lines(db, learner, **asked):
    return page_of(db, learner, strands_for(db, learner), limit=100, **asked).lines


def _is_as_counted(db, life: Life) -> bool:
    own = {line.key for line in _lines(db, life.learner)}
    shown = {line.key for line in _lines(db, life.learner, hidden=False)}
    return own == life.lines and shown == life.lines - life.hidden


def _rows(db, learner_id: int) -> dict[str, int]:
    return {
        name: db.scalar(select(func.count()).select_from(rows_of(learner_id, table).subquery()))
        for name, table in Base.metadata.tables.items()
        if is_learners(name)
    }


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=_ACTS)
def test_ones_own_goes_and_what_others_confirmed_leads_to_nobody(app, db, acts):
    with db.begin_nested() as undone:
        lives = [Life(factories.learner()), Life(factories.learner())]
        for who, act, which in acts:
            _do(db, lives[who], act, which)
            assert all(_is_as_counted(db, life) for life in lives)
        gone, stays = lives
        gone_id, confirmed, uuid = gone.learner.id, len(gone.came), gone.learner.uuid
        before = _rows(db, stays.learner.id)
        traces = select(func.count(AttendanceTrace.id))
        known = db.scalar(traces)

        with patch.object(current_db, "remove"), app.app_context():
            erase_learner(db, learner=gone.learner, now=NOW)

        assert set(_rows(db, gone_id).values()) == {0}
        assert db.scalar(traces) - known == confirmed
        assert db.scalar(select(User.id).filter_by(uuid=uuid)) is None
        stays.learner = db.get_one(User, stays.learner.id)
        assert _rows(db, stays.learner.id) == before
        assert _is_as_counted(db, stays)
        undone.rollback()
    db.expire_all()
