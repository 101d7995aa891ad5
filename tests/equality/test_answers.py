"""Answers are locked, each to its learner, and however much was told they are of one length."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError

from accounts.models import AgeBand, Role, User
from app import sealing
from app.config import MissingSetting, read_settings
from app.errors import Conflict, NotAllowed
from app.sealing import Locked
from equality import service
from equality.answers import PACKED_BYTES, Answers, Ethnicity, packed, unpacked
from equality.locking import locked, opened
from equality.models import EqualityAnswer
from equality.queries import has_told, own_answers
from portable.service import say_25
from tests import factories

SECRET, OTHER = "a secret of these tests", "another secret of these"
TOLD = Answers(send=True, ethnicity=Ethnicity.MIXED, free_meals=False)

_yes_no = st.none() | st.booleans()
_answers = st.builds(
    Answers,
    send=_yes_no,
    ethnicity=st.none() | st.sampled_from(Ethnicity),
    free_meals=_yes_no,
    care=_yes_no,
)


def told(db, answers=TOLD, **given):
    learner = factories.learner(**given)
    service.tell(db, learner=learner, answers=answers, secret=SECRET)
    return learner


def sealed_of(db, learner) -> bytes:
    return db.scalar(select(EqualityAnswer.sealed).filter_by(learner_id=learner.id))


def put(db, learner, sealed) -> None:
    db.execute(update(EqualityAnswer).filter_by(learner_id=learner.id).values(sealed=sealed))


@given(answers=_answers)
def test_all_answers_come_back_and_are_of_one_length(answers):
    assert unpacked(packed(answers)) == answers
    assert len(packed(answers)) == PACKED_BYTES


def test_a_place_in_the_bytes_means_for_good_what_it_means_today():
    """What is kept is read by it: a group moved to another place would make somebody another's."""
    assert packed(Answers(True, Ethnicity.OTHER, False, None)) == bytes([1, 2, 5, 1, 0])
    assert unpacked(bytes([1, 1, 1, 2, 2])) == Answers(False, Ethnicity.ASIAN, True, True)


@pytest.mark.parametrize("content", [b"", bytes(5), bytes([1, 3, 0, 0, 0]), bytes([1, 0, 0, 0])])
def test_what_is_no_answers_is_refused(content):
    with pytest.raises(ValueError, match="no answers"):
        unpacked(content)


def test_a_learner_reads_what_they_told_and_the_row_says_nothing_of_it(db):
    little = told(db, Answers(care=False))
    learner = told(db)

    assert own_answers(db, learner, secret=SECRET) == TOLD
    assert own_answers(db, little, secret=SECRET) == Answers(care=False)
    assert own_answers(db, factories.learner(), secret=SECRET) == Answers()
    columns = text(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'equality_answer'"
    )
    assert set(db.scalars(columns)) == {"learner_id", "sealed"}
    assert len(sealed_of(db, learner)) == len(sealed_of(db, little)) == 50
    assert packed(TOLD) not in sealed_of(db, learner)


def test_the_same_answers_never_look_the_same(db):
    learners = [told(db) for _ in range(3)]
    before = sealed_of(db, learners[0])

    service.tell(db, learner=learners[0], answers=TOLD, secret=SECRET)

    assert len({before, *(sealed_of(db, each) for each in learners)}) == 4


def test_altered_bytes_are_refused_wherever_they_were_altered(db):
    learner = told(db)
    whole = sealed_of(db, learner)
    for place in range(len(whole)):
        altered = bytearray(whole)
        altered[place] ^= 1
        put(db, learner, bytes(altered))
        with pytest.raises(Locked):
            own_answers(db, learner, secret=SECRET)


def test_the_bytes_of_one_learner_do_not_open_as_anothers(db):
    one, other = told(db), told(db, Answers(care=True))
    first, second = sealed_of(db, one), sealed_of(db, other)
    put(db, one, second)
    put(db, other, first)

    for each in (one, other):
        with pytest.raises(Locked):
            own_answers(db, each, secret=SECRET)


def test_what_was_locked_for_something_else_does_not_open(db):
    learner = factories.learner()
    words = sealing.seal(
        packed(TOLD), secret=SECRET, purpose="tirnod concern", owner=str(learner.uuid)
    )
    with pytest.raises(Locked):
        opened(words, learner_uuid=learner.uuid, secret=SECRET)
    right = locked(TOLD, learner_uuid=learner.uuid, secret=SECRET)
    assert opened(right, learner_uuid=learner.uuid, secret=SECRET) == TOLD
    with pytest.raises(Locked):
        opened(right, learner_uuid=learner.uuid, secret=OTHER)


def test_taken_back_leaves_nothing_and_so_does_answering_nothing(db):
    learners, noise = [told(db), told(db)], told(db)

    service.take_back(db, learner=learners[0])
    service.take_back(db, learner=learners[0])
    service.tell(db, learner=learners[1], answers=Answers(), secret=SECRET)

    assert db.scalars(select(EqualityAnswer.learner_id)).all() == [noise.id]
    assert not has_told(db, learners[0])


def test_it_is_asked_from_13_to_24_and_only_where_there_is_a_secret(db):
    too_young = factories.learner(age_band=AgeBand.FROM_11_TO_12)
    older = factories.learner(age_band=AgeBand.FROM_25)
    for each in (too_young, older, factories.adult(Role.GUARDIAN)):
        assert not service.is_asked(each, secret=SECRET)
        with pytest.raises(NotAllowed, match="13 to 24"):
            service.tell(db, learner=each, answers=TOLD, secret=SECRET)
    learner = factories.learner()
    assert service.is_asked(learner, secret=SECRET)
    assert not service.is_asked(learner, secret="")
    with pytest.raises(Conflict, match="not asked here"):
        service.tell(db, learner=learner, answers=TOLD, secret="")


@pytest.mark.parametrize("age_band", [AgeBand.FROM_11_TO_12, AgeBand.FROM_25])
def test_the_database_takes_no_answer_of_who_is_not_asked(db, age_band):
    learner = factories.learner(age_band=age_band)
    row = insert(EqualityAnswer)
    for who in (learner, factories.adult(Role.GUARDIAN)):
        with pytest.raises(IntegrityError, match="not asked of them"), db.begin_nested():
            db.execute(row.values(learner_id=who.id, sealed=bytes(50)))
    asked = factories.learner().id
    with pytest.raises(IntegrityError, match="one_length"), db.begin_nested():
        db.execute(row.values(learner_id=asked, sealed=bytes(51)))


def test_what_was_told_goes_when_its_learner_is_25_or_turns_out_to_be_11(db):
    adult = told(db, age_band=AgeBand.FROM_18_TO_24)
    younger, older = told(db), told(db)

    say_25(db, learner=adult)
    db.execute(update(User).filter_by(id=younger.id).values(age_band=AgeBand.FROM_11_TO_12))
    db.execute(update(User).filter_by(id=older.id).values(age_band=AgeBand.FROM_16_TO_17))

    assert db.scalars(select(EqualityAnswer.learner_id)).all() == [older.id]


def test_all_is_locked_anew_or_nothing_is(db):
    learner, noise = told(db), told(db, Answers(care=True))
    late = factories.learner()
    service.tell(db, learner=late, answers=TOLD, secret=OTHER)

    assert service.reseal(db, secret=OTHER, old_secret=SECRET) == 2
    # A second time finds nothing to do.
    assert service.reseal(db, secret=OTHER, old_secret=SECRET) == 0

    assert own_answers(db, learner, secret=OTHER) == own_answers(db, late, secret=OTHER) == TOLD
    assert own_answers(db, noise, secret=OTHER) == Answers(care=True)
    with pytest.raises(Locked):
        own_answers(db, learner, secret=SECRET)
    with pytest.raises(Locked):
        service.reseal(db, secret="a third secret of these", old_secret=SECRET)


def test_a_short_secret_stops_the_start():
    given = {"DATABASE_URL": "x", "SECRET_KEY": "x", "CONCERNS_SECRET": "x"}

    assert read_settings(given).equality_secret == ""
    with pytest.raises(MissingSetting, match="EQUALITY_SECRET"):
        read_settings(given | {"EQUALITY_SECRET": "short"})
