"""What adults and the learner said, beside the lines of a record, and what it changes."""

from datetime import timedelta

import pytest

from badges.models import Skill
from feedback import service as feedback
from feedback.service import Boxes
from plans.models import Stem
from plans.reflecting import Kind, reflect
from record.models import Rung
from record.queries import marks_of, page_of, points_of, strands_for
from record.words import words_about
from supporters.models import SupportScope
from tests import factories
from tests.factories import NOW
from tests.record.there import badge, went
from tests.supporters.people import helped, supporter


@pytest.fixture
def learner(db):
    return factories.learner(home=factories.area(in_city=factories.city()))


def _lines(db, learner):
    return page_of(db, learner, strands_for(db, learner)).lines


def _says(db, attendance, *, skills=(), words="You listened."):
    return feedback.give_as_organiser(
        db,
        member=attendance.confirmed_by,
        booking_uuid=attendance.booking.uuid,
        boxes=Boxes(what_went_well=words, skills=skills),
        now=NOW,
    )


def test_what_an_adult_says_of_a_line_raises_how_it_is_known_until_it_is_put_away(db, learner):
    attendance = went(db, learner, **badge(skills=[Skill.LISTENING]))
    went(db, learner)

    said = _says(db, attendance)

    assert [line.rung for line in _lines(db, learner)].count(Rung.OBSERVED) == 1
    feedback.put_away(db, learner=learner, uuid=said.uuid, is_hidden=True, now=NOW)
    assert [line.rung for line in _lines(db, learner)].count(Rung.OBSERVED) == 0


def test_a_skill_that_an_adult_names_counts_once_with_what_it_is_about(db, learner):
    attendance = went(db, learner, **badge(skills=[Skill.LISTENING]))
    _says(db, attendance, skills=[Skill.LISTENING, Skill.PLANNING])

    points = points_of(db, learner)

    assert {skill: len(each) for skill, each in points.items()} == {
        Skill.LISTENING: 1,
        Skill.PLANNING: 1,
    }
    marks = marks_of(db, learner, since=NOW - timedelta(days=9), until=NOW + timedelta(days=1))
    assert {skill: [mark.rung for mark in each] for skill, each in marks.items()} == {
        Skill.LISTENING: [Rung.OBSERVED],
        Skill.PLANNING: [Rung.OBSERVED],
    }


def test_words_stand_beside_their_line_and_no_other(db, learner):
    attendance, other = went(db, learner), went(db, learner)
    said = _says(db, attendance)
    reflect(
        db,
        learner=learner,
        kind=Kind.BOOKING,
        uuid=attendance.booking.uuid,
        stem=next(iter(Stem)),
        words="",
        now=NOW,
    )
    elsewhere = factories.area(in_city=factories.city())
    theirs = went(db, factories.learner(home=elsewhere))
    _says(db, theirs)

    lines = {line.uuid: line for line in _lines(db, learner)}
    words = words_about(db, learner, list(lines.values()))

    assert words[lines[attendance.uuid].key].adults == [said]
    assert len(words[lines[attendance.uuid].key].own) == 1
    assert words[lines[other.uuid].key].adults == []


def test_a_supporter_sees_the_record_only_where_the_learner_let_them(db, sign_in, learner):
    went(db, learner, title="Debate night", **badge(skills=[Skill.ORACY]))
    sees, writes = supporter(), supporter()
    helped(db, learner, sees, scopes=[SupportScope.SEE_RECORD], now=NOW)
    helped(db, learner, writes, scopes=[SupportScope.COMMENT], now=NOW)
    db.commit()

    page = sign_in(sees).get(f"/support/{learner.uuid}").text

    assert "Debate night" in page
    assert "Talking to a group: 1 thing" in page
    assert "Debate night" not in sign_in(writes).get(f"/support/{learner.uuid}").text
