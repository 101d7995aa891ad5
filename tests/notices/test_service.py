"""What is told is told once, when it may be, and not kept for longer than is needed."""

from datetime import UTC, datetime, timedelta

import pytest
from marshmallow import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from accounts.models import Role
from notices import service
from notices.kinds import MANNERS, Hours, NoticeKind
from notices.models import Notice
from notices.quiet import may_come
from tests import factories
from tests.factories import NOW
from tests.notices.conftest import AFTERNOON, VALUES


def _notices(db):
    return [(each.user_id, each.key) for each in db.query(Notice).order_by(Notice.id)]


@pytest.fixture
def jo(db):
    return factories.adult(Role.PROVIDER_ADMIN)


def test_the_same_thing_is_told_to_the_same_person_once(db, jo, told):
    another = factories.adult(Role.PROVIDER_ADMIN)
    first = {"to": jo, "kind": NoticeKind.PUBLISHED, "values": {"organisation": "Pot House"}}

    news = [
        service.tell(db, **first, key="one", now=AFTERNOON),
        service.tell(db, **first, key="one", now=AFTERNOON + timedelta(days=1)),
        service.tell(db, **first, key="two", now=AFTERNOON),
        service.tell(db, **first | {"to": another}, key="one", now=AFTERNOON),
        service.tell(db, **first | {"to": "New@example.org"}, key="one", now=AFTERNOON),
        service.tell(db, **first | {"to": "new@example.org"}, key="one", now=AFTERNOON),
    ]

    assert news == [True, False, True, True, True, False]
    assert _notices(db) == [(jo.id, "one"), (jo.id, "two"), (another.id, "one"), (None, "one")]


def _deferred(db):
    return list(db.scalars(text("SELECT task_name FROM procrastinate_jobs")))


def test_what_may_be_sent_now_is_taken_on_at_once_and_nothing_else(db, jo, told):
    told(jo, key="now")
    told(jo, key="now")
    now = _deferred(db)
    told(jo, key="later", due_at=AFTERNOON + timedelta(hours=1))
    told(jo, key="night", now=datetime(2026, 6, 1, 22, tzinfo=UTC))
    told(factories.learner(), key="inbox")

    assert (now, _deferred(db)) == (["notices.send"], ["notices.send"])


def test_what_is_told_waits_with_the_change_that_causes_it_and_goes_with_it(db, jo, told):
    attempt = db.begin_nested()
    told(jo)
    attempt.rollback()

    assert _notices(db) == []


def test_people_are_written_to_in_their_language(db, told):
    reader = factories.adult(Role.PROVIDER_ADMIN, language="cy")

    spoken = [
        told(reader).language,
        told("new@example.org").language,
        told("newer@example.org", language="cy").language,
    ]

    assert spoken == ["cy", "en", "cy"]


def test_an_account_keeps_the_language_of_the_page_it_was_made_on(app, db):
    with app.test_request_context("/", environ_overrides={"tirnod.language": "cy"}):
        in_welsh = factories.adult(Role.PROVIDER_ADMIN)

    assert (in_welsh.language, factories.adult(Role.PROVIDER_ADMIN).language) == ("cy", "en")


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_a_kind_takes_what_it_needs_and_nothing_else(db, jo, told, kind):
    told(jo, kind)
    without_one = dict(list(VALUES[kind].items())[1:])
    with_more = VALUES[kind] | {"learner": "Seren"}

    for values in (without_one or {"x": 1}, with_more):
        with pytest.raises(ValidationError):
            service.tell(db, to=jo, kind=kind, key="other", values=values, now=AFTERNOON)


def test_no_kind_of_notice_names_a_young_person_or_where_one_is():
    said = {name for manner in MANNERS.values() for name in manner.details().fields}

    assert said == {
        *("organisation", "inviter", "title", "what", "words"),
        *("listings", "more", "path", "pauses_on", "is_last", "until", "on"),
        *("starts_at", "was_at", "said_yes", "alternatives", "badge"),
        *("is_school", "is_reminder", "by_adult", "counts_from"),
        *("other", "subject", "said"),
    }


@pytest.mark.parametrize(
    "path", ["https://evil.example/", "//evil.example/", "provide", "/a b", "/a\r\nBcc: x"]
)
def test_an_address_in_a_notice_is_on_this_site(db, jo, path):
    values = VALUES[NoticeKind.SAID_CLOSED] | {"path": path}

    with pytest.raises(ValidationError, match="path"):
        service.tell(db, to=jo, kind=NoticeKind.SAID_CLOSED, key="k", values=values, now=AFTERNOON)


def test_learners_are_told_nothing_by_e_mail(db, told):
    seren = factories.learner()
    grown = factories.learner(email="grown@example.org")

    notices = [told(each, NoticeKind.PLACE_CONFIRMED, key="k") for each in (seren, grown)]

    assert [each.is_mailed for each in notices] == [False, False]
    assert service.claim_next(db, now=AFTERNOON) is None
    assert service.give_up_old(db, now=AFTERNOON + timedelta(days=99)) == 0


def test_the_database_refuses_a_notice_to_nobody(db, jo, told):
    notice = told(jo)
    notice.user_id = None

    with pytest.raises(IntegrityError, match="ck_notice_to_someone"):
        db.flush()


@pytest.mark.parametrize(
    ("given", "broken"),
    [
        ({"user_id": None, "email": "a@b.example", "is_mailed": False}, "reaches_someone"),
        ({"is_mailed": False, "sent_at": NOW}, "sent_where_mailed"),
    ],
)
def test_the_database_refuses_a_notice_that_goes_nowhere_or_went_where_none_goes(
    db, jo, told, given, broken
):
    notice = told(jo)
    for name, value in given.items():
        setattr(notice, name, value)

    with pytest.raises(IntegrityError, match=f"ck_notice_{broken}"):
        db.flush()


@pytest.mark.parametrize(
    ("at", "comes"),
    [
        pytest.param(datetime(2026, 6, 1, 6, 59, tzinfo=UTC), {Hours.ANY}, id="before eight"),
        pytest.param(datetime(2026, 6, 1, 7, 0, tzinfo=UTC), set(Hours), id="at eight"),
        pytest.param(
            datetime(2026, 6, 1, 7, 30, tzinfo=UTC), {Hours.ANY, Hours.DAYTIME}, id="school"
        ),
        pytest.param(
            datetime(2026, 6, 1, 14, 29, tzinfo=UTC), {Hours.ANY, Hours.DAYTIME}, id="last lesson"
        ),
        pytest.param(datetime(2026, 6, 1, 14, 30, tzinfo=UTC), set(Hours), id="after school"),
        pytest.param(datetime(2026, 6, 1, 18, 59, tzinfo=UTC), set(Hours), id="evening"),
        pytest.param(datetime(2026, 6, 1, 19, 0, tzinfo=UTC), {Hours.ANY}, id="at eight at night"),
        pytest.param(datetime(2026, 6, 6, 10, 0, tzinfo=UTC), set(Hours), id="Saturday"),
        pytest.param(datetime(2026, 7, 22, 10, 0, tzinfo=UTC), set(Hours), id="holiday"),
        pytest.param(datetime(2026, 1, 12, 8, 0, tzinfo=UTC), set(Hours), id="winter at eight"),
        pytest.param(
            datetime(2026, 1, 12, 7, 59, tzinfo=UTC), {Hours.ANY}, id="winter before eight"
        ),
    ],
)
def test_people_are_left_in_peace(at, comes):
    assert {hours for hours in Hours if may_come(hours, at)} == comes


def test_at_night_only_what_is_urgent_is_taken_up(db, jo, told):
    told(jo, NoticeKind.PUBLISHED, key="calm")
    urgent = told(jo, NoticeKind.SAFETY_REPORTED, key="urgent")
    night = datetime(2026, 6, 1, 22, tzinfo=UTC)

    assert [service.claim_next(db, now=night), service.claim_next(db, now=night)] == [urgent, None]


def test_what_is_due_first_is_taken_up_first_and_nothing_too_early(db, jo, told):
    told(jo, key="later", due_at=AFTERNOON + timedelta(minutes=10))
    second = told(jo, key="second", due_at=AFTERNOON)
    first = told(jo, key="first", due_at=AFTERNOON - timedelta(minutes=1))

    assert [service.claim_next(db, now=AFTERNOON) for _ in range(3)] == [first, second, None]


def test_a_claim_is_looked_at_again_after_a_while(db, jo, told):
    notice = told(jo)
    service.claim_next(db, now=AFTERNOON)

    claims = [
        service.claim_next(db, now=AFTERNOON + timedelta(minutes=minutes))
        for minutes in (14, 15, 16)
    ]

    assert claims == [None, notice, None]


def test_each_try_waits_longer_and_the_last_one_gives_up(db, jo, told):
    notice, waits, now = told(jo), [], AFTERNOON
    while notice.given_up_at is None:
        service.mark_failed(db, notice, reason="451 busy", now=now)
        waits.append(notice.due_at - now)
        now = max(now, notice.due_at)

    minutes = [wait // timedelta(minutes=1) for wait in waits[:-1]]
    assert minutes == [5, 30, 120, 480, 1440]
    assert (notice.last_error, notice.attempts) == ("451 busy", 6)


def test_what_waited_too_long_is_given_up(db, jo, told):
    old, young = told(jo, key="old"), told(jo, key="young", now=AFTERNOON + timedelta(days=1))

    assert service.give_up_old(db, now=AFTERNOON + timedelta(days=14, hours=1)) == 1
    db.refresh(old)
    assert (old.last_error, young.given_up_at) == ("waited too long", None)


def test_what_was_told_is_deleted_after_a_while(db, jo, told):
    for key, sent_at in (("old", AFTERNOON), ("young", AFTERNOON + timedelta(days=1))):
        service.mark_sent(db, told(jo, key=key), now=sent_at)
    told(jo, key="waits")
    seren = factories.learner()
    told(seren, key="old")
    told(seren, key="young", now=AFTERNOON + timedelta(days=1))

    assert service.forget_old(db, now=AFTERNOON + timedelta(days=90, hours=1)) == 2
    assert _notices(db) == [(jo.id, "young"), (jo.id, "waits"), (seren.id, "young")]


def _ended(db, notice):
    service.mark_sent(db, notice, now=AFTERNOON)
    return notice.details


def test_once_it_is_sent_no_address_that_opens_a_door_is_kept(db, jo, told):
    asked = VALUES[NoticeKind.STILL_RIGHT]

    assert _ended(db, told(jo, NoticeKind.STILL_RIGHT, key="1"))["listings"] == [
        {"title": "Pottery", "path": "/provide"}
    ]
    assert _ended(db, told(jo, NoticeKind.SAID_CLOSED, key="2")) == {
        "title": "Pottery",
        "path": "/provide",
    }
    assert _ended(db, told(jo, NoticeKind.PLACE_ASKED, key="3"))["path"] == "/provide/asks/abc"
    assert _ended(db, told("new@example.org", NoticeKind.GUARDIAN_ASKED, key="4")) == {}
    assert asked["listings"] == [{"title": "Pottery", "path": "/provide/still-right/abc"}]


def test_what_is_told_goes_with_the_account(db, jo, told):
    told(jo)
    db.delete(jo)
    db.flush()

    assert _notices(db) == []
