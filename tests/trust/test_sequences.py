"""Whatever is done, by whomever and in whatever order: only who is trusted is found, booked or told.

A sequence is a list of steps; a step says what is done and, in numbers, by whom and with what. A
number is taken as far round as there are things to choose from, so every list of steps is a
sequence, and one that fails is made short by leaving steps out. Chance is Python's own, and not
Hypothesis': that likes to say the same again and to begin small, and in a hundred of its sequences
nobody was paused; and its state machine took several times as long.

`SEQUENCES` says how many are played (120 where it does not), and `SEQUENCES_FROM` the number of the
first: a number always makes the same sequence. Fifty thousand, in two halves:

    SEQUENCES=25000 script/test tests/trust/test_sequences.py
    SEQUENCES=25000 SEQUENCES_FROM=25000 script/test tests/trust/test_sequences.py
"""

import copy
import os
from collections import Counter
from random import Random

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.db import current_db
from tests.databases import fresh_database
from tests.trust import world as worlds
from tests.trust.story import Step, Story

HOW_MANY = int(os.environ.get("SEQUENCES", "120"))
FIRST = int(os.environ.get("SEQUENCES_FROM", "0"))
#: In so many, everything comes about that has to.
_ENOUGH = 120

#: As often as they have to come for much to happen.
_ACTIONS = {
    "across": 6,
    "renew": 5,
    "vouch": 5,
    "book": 5,
    "suspend": 3,
    "door": 3,
    "to_door": 2,
    "send": 2,
    "mend": 2,
    "accept": 2,
    "accept_all": 2,
    "refuse_paper": 2,
    "approve": 2,
    "hand_in": 2,
    "join": 2,
    "post": 2,
    "identity": 1,
    "refuse": 1,
    "take_back": 1,
    "leave": 1,
    "run_again": 1,
    "confirm": 1,
    "withdraw": 1,
    "belong": 1,
    "cancel": 1,
    "pass_time": 1,
    "forge": 1,
}
#: Most steps are about the club, and about the one that waits to be checked.
_ORGS = (0, 0, 0, 0, 1, 1, 1, 2, 3, 4)
#: What has to come about: a generator that never came to anything would find nothing either.
_COMES_ABOUT = {
    ("across", "trusted no more"),
    ("refuse_paper", "trusted no more"),
    ("suspend", "trusted no more"),
    ("vouch", "trusted"),
    ("renew", "trusted"),
    *((step, "refused") for step in ("vouch", "accept", "suspend", "book", "door", "post", "send")),
    *((step, "done") for step in ("vouch", "accept", "suspend", "book", "door", "post", "send")),
}


@pytest.fixture(scope="module")
def stage(app):
    """A database of its own in which a world stands, and what the rules are told of it."""
    with fresh_database() as url:
        engine = create_engine(url)
        with engine.connect() as connection:
            current_db.remove()
            current_db.configure(bind=connection, join_transaction_mode="create_savepoint")
            world = worlds.build()
            current_db.commit()
            current_db.remove()
            connection.commit()
            # Refusals name days and times, in the words of the app.
            with app.app_context():
                yield connection, world
        engine.dispose()


def test_no_sequence_lets_anyone_find_book_or_see_what_is_not_trusted(stage):
    happened: Counter[tuple[str, str]] = Counter()
    for number in range(FIRST, FIRST + HOW_MANY):
        steps = sequence(number)
        try:
            happened.update(play(stage, number, steps).happened)
        except Exception as error:
            said = shortened(stage, number, steps, type(error))
            pytest.fail(f"Sequence {number}. {said}", pytrace=False)
        if number % 1000 == 999:
            print(f"{number + 1} of {FIRST + HOW_MANY}", flush=True)
    print(*sorted((*what, often) for what, often in happened.items()), sep="\n")
    if HOW_MANY >= _ENOUGH:
        assert happened.keys() >= _COMES_ABOUT


def sequence(number: int) -> list[Step]:
    """Return the sequence of this number, which is the same each time."""
    chance = Random(number)
    names = chance.choices(list(_ACTIONS), list(_ACTIONS.values()), k=chance.randint(5, 14))
    return [
        (name, chance.choice(_ORGS), *(chance.randrange(12) for _ in range(3))) for name in names
    ]


def play(stage, number: int, steps: list[Step]) -> Story:
    connection, world = stage
    all_of_it = connection.begin()
    try:
        with Session(bind=connection, expire_on_commit=False) as db:
            story = Story(db, copy.deepcopy(world), Random(number))
            story.play(steps)
    finally:
        all_of_it.rollback()
    return story


def shortened(stage, number: int, steps: list[Step], kind: type[Exception]) -> str:
    """Leave out whatever is not needed to fail in the same way; return what is left, and what it says."""
    said, at = "", 0
    while at < len(steps):
        fewer = steps[:at] + steps[at + 1 :]
        try:
            play(stage, number, fewer)
        except Exception as error:
            if isinstance(error, kind):
                steps, said = fewer, str(error)
            else:
                at += 1
        else:
            at += 1
    if not said:
        try:
            play(stage, number, steps)
        except Exception as error:
            said = str(error)
    return f"{steps}\n{said}"
