"""An inbox: what somebody was told stands there, for them alone, and is new once."""

import re
from datetime import timedelta

import html5lib
import pytest

from accounts.models import Role
from notices.inbox import Part, shown
from notices.kinds import NoticeKind
from notices.queries import has_news
from tests import factories
from tests.factories import NOW
from tests.notices.conftest import AFTERNOON, VALUES

MARK = 'aria-label="Notices: something new"'


@pytest.fixture
def seren(db):
    return factories.learner(name="Seren")


def _headings(page):
    return re.findall(r"<h2[^>]*>([^<]*)</h2>", page)


def test_a_learner_reads_what_changed_newest_first_and_no_one_elses(sign_in, seren, told):
    told(factories.learner(), NoticeKind.PLACE_CONFIRMED, key="another")
    told(seren, NoticeKind.PLACE_CONFIRMED, key="one", now=NOW - timedelta(days=1))
    told(seren, NoticeKind.BADGE_GIVEN, key="two", now=NOW)

    page = sign_in(seren).get("/me/notices").text

    assert _headings(page) == ["You have a new badge: Potter", "You have a place: Pottery"]
    assert '<a href="/me/badges/abc">See your badge</a>' in page
    assert "Hello" not in page
    html5lib.HTMLParser(strict=True).parse(page)


def test_what_is_new_is_marked_once_and_the_mark_in_the_header_goes(db, sign_in, seren, told):
    told(seren, NoticeKind.BADGE_GIVEN, now=NOW)
    browser = sign_in(seren)

    before = browser.get("/me/pass").text
    first, second = (browser.get("/me/notices").text for _time in range(2))

    assert [page.count(MARK) for page in (before, second)] == [1, 0]
    assert [page.count(">New</strong>") for page in (first, second)] == [1, 0]
    assert not has_news(db, seren)


def test_an_empty_inbox_says_what_will_stand_there(sign_in, seren):
    page = sign_in(seren).get("/me/notices").text

    assert "Nothing yet. When something changes for you, it stands here." in page
    assert MARK not in page


def test_adults_have_an_inbox_of_their_own_whether_or_not_the_e_mail_has_gone(sign_in, told):
    jo = factories.adult(Role.PROVIDER_ADMIN)
    told(jo, NoticeKind.SENT_BACK, key="waits")
    told(jo, NoticeKind.PUBLISHED, key="gone").sent_at = AFTERNOON

    page = sign_in(jo).get("/account/notices").text

    assert _headings(page) == [
        "You are checked: Pot House",
        "The council needs more from you: Pot House",
    ]
    assert "The policy is from 2019." in page


@pytest.mark.parametrize(
    ("role", "address"),
    [(Role.LEARNER, "/account/notices"), (Role.GUARDIAN, "/me/notices")],
)
def test_each_kind_of_account_has_one_address(sign_in, role, address):
    person = factories.learner() if role is Role.LEARNER else factories.adult(role)

    assert sign_in(person).get(address).status_code == 403


def test_a_stranger_is_asked_to_sign_in(client):
    assert client.get("/me/notices").headers["Location"].startswith("/sign-in")


def test_an_inbox_is_in_the_language_of_the_page(sign_in, seren, told):
    told(seren, NoticeKind.BADGE_GIVEN)

    page = sign_in(seren).get("/cy/me/notices").text

    assert _headings(page) == ["Mae gen ti fathodyn newydd: Potter"]
    assert 'href="/cy/me/badges/abc"' in page


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_each_kind_has_words_and_a_way_on(app, db, told, kind):
    notice = told(factories.adult(Role.PROVIDER_ADMIN), kind)

    with app.test_request_context("/"):
        read = shown(notice, is_new=True, root="")

    parts = [part for paragraph in read.paragraphs for part in paragraph]
    assert [part for part in parts if not part.words or "\x02" in part.words + part.path] == []
    assert [part.words for part in parts if part.path and part.words.endswith(":")] == []
    assert [part for part in parts if part.path] != []


def test_an_address_becomes_the_link_of_the_words_before_it(app, db, seren, told):
    notice = told(seren, NoticeKind.SESSION_CALLED_OFF)

    with app.test_request_context("/"):
        *_before, other, own = shown(notice, is_new=True, root="/cy").paragraphs

    assert other[0] == Part("Clay", is_item=True)
    assert (other[-1].path, other[-1].words[-1].isalnum()) == ("/cy/me/bookings/abc", True)
    assert own == [Part("See your booking", "/cy/me/bookings/abc")]


def test_nothing_that_people_type_becomes_markup_or_a_link(sign_in, seren, told):
    hostile = "<b>x</b>\r\n\r\n\x02/evil\n* \x02//evil.example"
    told(seren, NoticeKind.BADGE_GIVEN, values=VALUES[NoticeKind.BADGE_GIVEN] | {"badge": hostile})

    page = sign_in(seren).get("/me/notices").text

    main = page[page.index("<main") : page.index("data-next")]
    assert re.findall('href="([^"]*)"', main) == ["/me/badges/abc"]
    assert "<b>x</b>" not in page


def test_an_inbox_asks_as_much_for_three_as_for_one(sign_in, seren, told, count_queries):
    asked = []
    for keys in ("a", "bcd"):
        for key in keys:
            told(seren, NoticeKind.BADGE_GIVEN, key=key)
        browser = sign_in(seren)
        browser.get("/me/notices")
        count_queries.clear()
        browser.get("/me/notices")
        asked.append(len(count_queries))

    assert asked[0] == asked[1]
