"""Two senders at once, on real connections with real commits."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from accounts.models import Role
from app.db import current_db
from notices.kinds import NoticeKind
from notices.service import claim_next, tell
from tests import factories
from tests.databases import fresh_database
from tests.notices.conftest import AFTERNOON

SENDERS, NOTICES = 6, 30


@pytest.fixture
def sessions():
    with fresh_database() as url:
        engine = create_engine(url, pool_size=SENDERS, max_overflow=0)
        current_db.remove()
        current_db.configure(bind=engine, join_transaction_mode="conditional_savepoint")
        yield sessionmaker(engine, expire_on_commit=False)
        current_db.remove()
        engine.dispose()


@pytest.mark.slow
def test_no_two_senders_take_up_the_same_notice(sessions):
    jo = factories.adult(Role.PROVIDER_ADMIN)
    for number in range(NOTICES):
        _tell(current_db(), jo, f"key {number}")
    current_db.commit()
    gate = Barrier(SENDERS)

    def sender(_number):
        claimed = []
        gate.wait()
        for _time in range(NOTICES):
            with sessions.begin() as db:
                notice = claim_next(db, now=AFTERNOON)
                claimed += [notice.id] if notice else []
        return claimed

    with ThreadPoolExecutor(SENDERS) as threads:
        claimed = [each for taken in threads.map(sender, range(SENDERS)) for each in taken]

    assert (len(claimed), len(set(claimed))) == (NOTICES, NOTICES)


@pytest.mark.slow
def test_what_many_tell_at_once_is_told_once(sessions):
    jo = factories.adult(Role.PROVIDER_ADMIN)
    current_db.commit()
    gate = Barrier(SENDERS)

    def teller(_number):
        gate.wait()
        with sessions.begin() as db:
            return _tell(db, jo, "one key")

    with ThreadPoolExecutor(SENDERS) as threads:
        assert sorted(threads.map(teller, range(SENDERS))) == [False] * (SENDERS - 1) + [True]


def _tell(db, to, key):
    values = {"organisation": "Pot House"}
    return tell(db, to=to, kind=NoticeKind.PUBLISHED, key=key, values=values, now=AFTERNOON)
