"""Answers that are kept for a while."""

from datetime import timedelta
from itertools import count

import pytest

from app.kept import Kept, forget_all
from tests.factories import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def numbers():
    """Return a function that never gives the same answer twice."""
    return count(1).__next__


@pytest.mark.parametrize(
    ("later", "answer"),
    [(0 * MINUTE, 1), (0.9 * MINUTE, 1), (MINUTE, 2), (-MINUTE, 2)],
)
def test_an_answer_is_given_again_until_it_is_too_old(numbers, later, answer):
    kept = Kept(MINUTE, most=5)
    kept.get("here", NOW, numbers)

    assert kept.get("here", NOW + later, numbers) == answer


def test_each_question_has_its_own_answer(numbers):
    kept = Kept(MINUTE, most=5)

    assert [kept.get(key, NOW, numbers) for key in ("here", "there", "here")] == [1, 2, 1]


def test_no_more_answers_are_kept_than_there_is_room_for(numbers):
    kept = Kept(MINUTE, most=3)
    for key in range(50):
        kept.get(key, NOW, numbers)

    assert len(kept.answers) <= 3


def test_all_is_forgotten_at_once(numbers):
    kept = Kept(MINUTE, most=3)
    kept.get("here", NOW, numbers)
    forget_all()

    assert kept.get("here", NOW, numbers) == 2
