"""How often one may try."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, delete
from sqlalchemy.orm import Session

from accounts.models import SignInAttempt
from accounts.throttle import WINDOW, count_tries, device_name, forgive_tries, keyed_hash
from app.errors import TooMany
from tests.factories import NOW


def _try(db, limits, minutes=0):
    count_tries(db, limits, now=NOW + timedelta(minutes=minutes))


def test_ten_tries_and_no_more(db):
    for _ in range(10):
        _try(db, {"a": 10})

    with pytest.raises(TooMany, match="Wait five minutes"):
        _try(db, {"a": 10})
    _try(db, {"noise": 10})


def test_five_quiet_minutes_start_the_count_again(db):
    for minute in range(10):
        _try(db, {"a": 10}, minutes=minute)
    with pytest.raises(TooMany), db.begin_nested():
        _try(db, {"a": 10}, minutes=13.9)

    _try(db, {"a": 10}, minutes=14)


@pytest.mark.parametrize("gap", [0.1, 0.5, 1, 4.9, 5, 6])
def test_no_five_minutes_hold_more_than_the_limit(db, gap):
    counted = []
    for number in range(150):
        at = NOW + timedelta(minutes=gap * number)
        try:
            with db.begin_nested():
                count_tries(db, {"a": 10}, now=at)
            counted.append(at)
        except TooMany:
            pass

    assert max(sum(at <= later < at + WINDOW for later in counted) for at in counted) <= 10


def test_the_right_answer_clears_the_account_and_gives_the_device_its_try_back(db):
    for _ in range(9):
        _try(db, {"account": 10, "device": 30})

    forgive_tries(db, account="account", device="device", now=NOW)

    assert db.get(SignInAttempt, "account") is None
    assert db.get(SignInAttempt, "device").attempts == 8


def test_old_counts_are_dropped(db):
    _try(db, {"old": 10})
    _try(db, {"new": 10}, minutes=60 * 24 + 1)

    forgive_tries(db, account="a", device="b", now=NOW + timedelta(days=1, minutes=2))

    assert [row.key for row in db.query(SignInAttempt)] == ["new"]


def test_sixty_guesses_at_once_leave_ten(database_url):
    """Each on a connection of its own, and each kept: as two dozen web workers would."""
    engine = create_engine(database_url, pool_size=20, max_overflow=0)

    def guess(_):
        try:
            with Session(engine) as db, db.begin():
                count_tries(db, {"raced": 10, "device": 1000}, now=NOW)
        except TooMany:
            return False
        return True

    try:
        with ThreadPoolExecutor(20) as crowd:
            assert sum(crowd.map(guess, range(60))) == 10
    finally:
        with Session(engine) as db, db.begin():
            db.execute(delete(SignInAttempt))
        engine.dispose()


def test_counting_and_forgiving_at_once_never_stand_in_each_others_way(database_url):
    engine = create_engine(database_url, pool_size=16, max_overflow=0)
    keys = {"account": "b", "device": "a"}

    def sign_in(_):
        with Session(engine) as db, db.begin():
            count_tries(db, dict.fromkeys(keys.values(), 1000), now=NOW)
        with Session(engine) as db, db.begin():
            forgive_tries(db, **keys, now=NOW)

    try:
        with ThreadPoolExecutor(16) as crowd:
            list(crowd.map(sign_in, range(200)))
        with Session(engine) as db:
            assert [row.attempts for row in db.query(SignInAttempt)] == [0]
    finally:
        with Session(engine) as db, db.begin():
            db.execute(delete(SignInAttempt))
        engine.dispose()


def test_neither_name_nor_address_can_be_read_from_the_table():
    assert keyed_hash("k", "email", "jo@example.org") != keyed_hash("l", "email", "jo@example.org")
    assert keyed_hash("k", "email", "x") != keyed_hash("k", "pass", "x")
    assert "jo" not in keyed_hash("k", "email", "jo@example.org")


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("nonsense", ""),
    ],
)
def test_a_household_counts_as_one_device(address, name):
    assert device_name(address) == name
