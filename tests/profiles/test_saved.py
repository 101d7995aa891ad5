"""Searches that someone keeps, things for later, and the weekly page of what is new."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from accounts.models import Role, User
from app.errors import Conflict, NotFound
from opportunities.models import Category, OpportunityStatus
from profiles.models import KeptOpportunity, SavedSearch
from profiles.saved_queries import kept_by, searches_of
from profiles.saved_service import (
    MOST_KEPT,
    MOST_SEARCHES,
    ask_for_digest,
    delete_search,
    keep_for_later,
    keep_search,
    rename_search,
)
from tests import factories
from tests.factories import NOW

#: The clock of the tests stands on a Monday, so the weekly page came out that very morning.
MONDAY = NOW.replace(hour=0) - timedelta(hours=1)
LAST_WEEK = MONDAY - timedelta(days=4)


@pytest.fixture
def learner(db):
    return factories.learner(home=factories.area(ward_name="Kelby"))


def saved(db, owner, query="category=sport", *, words="", name="Sport", now=LAST_WEEK, city=None):
    return keep_search(db, owner=owner, query=query, words=words, city=city, name=name, now=now)


def listed(title, **given):
    given.setdefault("category", Category.SPORT)
    opportunity = factories.opportunity(title, **given)
    factories.scheduled_session(opportunity=opportunity)
    return opportunity


def test_the_search_page_offers_to_keep_a_search_to_whoever_is_signed_in(
    client, sign_in, db, learner
):
    db.commit()
    anyone = client.get("/?category=sport").text
    signed_in = sign_in(learner).get("/?category=sport&kind=volunteering").text

    assert "Keep this search" not in anyone
    assert "csrf_token" not in anyone
    form = signed_in.split('action="/me/searches"')[1].split("</form>")[0]
    assert 'name="category" value="sport"' in form
    assert 'name="kind" value="volunteering"' in form


def test_a_search_is_kept_by_what_it_asks_and_named_by_it(sign_in, db, learner):
    noise = saved(db, factories.learner())
    area = factories.area(ward_name="Harbour")

    answer = sign_in(learner).post(
        "/me/searches",
        data={
            "area": area.lsoa_code,
            "category": "sport",
            "day": ["6", "7"],
            "text": "rugby",
            "bbox": "-1.1,53.9,-1.0,54.0",
            "lon": "-1.08123",
            "name": "ignored",
        },
    )

    (kept,) = searches_of(db, learner)
    assert answer.location == f"/me/searches#s-{kept.uuid}"
    assert kept.query == f"area={area.lsoa_code}&text=rugby&category=sport&day=6&day=7"
    assert kept.name == "rugby, Sport, Sat, Sun near Harbour"
    assert (kept.wants_digest, kept.last_seen_at) == (False, NOW)
    page = sign_in(learner).get("/me/searches").text
    assert kept.query.replace("&", "&amp;") in page
    assert str(noise.uuid) not in page


def test_a_search_of_a_city_is_kept_with_its_city(sign_in, db, learner):
    city = factories.city(name="Aberwennol")

    sign_in(learner).post("/me/searches", data={"free": "1", "city": city.slug})

    (kept,) = searches_of(db, learner)
    assert (kept.city_id, kept.name) == (city.id, "Free near Aberwennol")
    assert f'href="/c/{city.slug}?free=1"' in sign_in(learner).get("/me/searches").text


def test_the_same_search_twice_is_kept_once(db, learner):
    assert saved(db, learner) is saved(db, learner)
    assert saved(db, learner, city=factories.city()) is not saved(db, learner)


@pytest.mark.parametrize("words", ["YO1 7HH", "07700 900123", "me@example.org"])
def test_a_postcode_or_a_number_is_not_kept(sign_in, db, learner, words):
    answer = sign_in(learner).post("/me/searches", data={"text": words})

    assert answer.status_code == 409
    assert searches_of(db, learner) == []


def test_ten_searches_are_enough(db, learner):
    for number in range(MOST_SEARCHES):
        saved(db, learner, f"age={number + 8}")
    saved(db, factories.learner())

    with pytest.raises(Conflict, match="ten searches"):
        saved(db, learner, "age=25")


def test_an_adult_keeps_searches_too(sign_in, db):
    guardian = factories.adult(Role.GUARDIAN)

    sign_in(guardian).post("/me/searches", data={"free": "1"})

    assert [kept.name for kept in searches_of(db, guardian)] == ["Free"]
    assert sign_in(guardian).get("/me/searches").status_code == 200


@pytest.mark.parametrize(
    ("address", "method"),
    [
        ("/me/searches", "get"),
        ("/me/searches", "post"),
        ("/me/digest", "get"),
        ("/a/x/keep", "post"),
    ],
)
def test_whoever_is_not_signed_in_is_asked_to(client, address, method):
    answer = getattr(client, method)(address)

    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in")


def test_a_search_is_renamed_and_deleted_by_its_owner_alone(db, learner):
    own, noise = saved(db, learner), saved(db, factories.learner())

    rename_search(db, owner=learner, uuid=own.uuid, name="Muddy things")
    with pytest.raises(NotFound):
        rename_search(db, owner=learner, uuid=noise.uuid, name="Mine now")
    delete_search(db, owner=learner, uuid=noise.uuid)

    assert (own.name, noise.name) == ("Muddy things", "Sport")
    delete_search(db, owner=learner, uuid=own.uuid)
    assert [each.id for each in db.scalars(select(SavedSearch))] == [noise.id]


@pytest.mark.parametrize("name", ["", "x" * 61, "at YO1 7HH"])
def test_a_name_that_cannot_be_is_answered_beside_the_box(sign_in, db, learner, name):
    own = saved(db, learner)

    page = sign_in(learner).post(f"/me/searches/{own.uuid}/name", data={"name": name})

    assert page.status_code == 422
    assert "There is a problem" in page.text
    assert 'href="#name"' in page.text
    assert page.text.count('id="name"') == 1
    assert db.get_one(SavedSearch, own.id).name == "Sport"


def test_something_is_kept_for_later_once_and_taken_off(sign_in, db, learner):
    opportunity, noise = listed("Rugby"), listed("Chess")
    other = factories.learner()
    keep_for_later(db, owner=other, opportunity=noise, now=NOW)
    client = sign_in(learner)

    assert "Keep for later" in client.get(f"/a/{opportunity.slug}").text
    for _ in range(2):
        answer = client.post(f"/a/{opportunity.slug}/keep")
    page = client.get("/me/searches").text

    assert answer.location == "/me/searches#later"
    assert [kept.opportunity_id for kept in kept_by(db, learner)] == [opportunity.id]
    assert "Rugby</a>" in page
    assert "Chess" not in page
    client.post(f"/a/{opportunity.slug}/take-off")
    client.post(f"/a/{noise.slug}/take-off")
    assert [kept.owner_id for kept in db.scalars(select(KeptOpportunity))] == [other.id]


def test_what_is_no_longer_on_stays_in_the_list_and_says_so(sign_in, db, learner):
    opportunity = listed("Rugby")
    keep_for_later(db, owner=learner, opportunity=opportunity, now=NOW)
    opportunity.status = OpportunityStatus.WITHDRAWN

    page = sign_in(learner).get("/me/searches").text

    assert "No longer on" in page
    assert f'href="/a/{opportunity.slug}"' not in page


def test_what_nobody_can_see_cannot_be_kept(sign_in, db, learner):
    hidden = listed("Secret", status=OpportunityStatus.DRAFT)

    assert sign_in(learner).post(f"/a/{hidden.slug}/keep").status_code == 404
    assert kept_by(db, learner) == []


def test_a_list_for_later_has_an_end(db, learner):
    for number in range(MOST_KEPT):
        keep_for_later(
            db, owner=learner, opportunity=factories.opportunity(f"No. {number}"), now=NOW
        )

    with pytest.raises(Conflict, match="full"):
        keep_for_later(db, owner=learner, opportunity=factories.opportunity(), now=NOW)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long_it_is(sign_in, db, learner, count_queries, rows):
    for number in range(rows):
        saved(db, learner, f"age={number + 8}", city=factories.city())
        keep_for_later(db, owner=learner, opportunity=listed(f"No. {number}"), now=NOW)
    client = sign_in(learner)
    db.expunge_all()
    count_queries.clear()

    client.get("/me/searches")

    assert len([sent for sent in count_queries if sent.startswith("SELECT")]) == 4


def test_the_weekly_page_shows_what_is_new_for_searches_that_asked_for_it(sign_in, db, learner):
    asked = saved(db, learner, name="Sporty")
    asked.wants_digest = True
    saved(db, learner, "category=civic", name="Quiet one")
    listed("New", published_at=LAST_WEEK + timedelta(days=1))
    listed("Newest", published_at=LAST_WEEK + timedelta(days=2))
    listed("Seen before", published_at=LAST_WEEK - timedelta(days=1))
    listed("Of this week", published_at=MONDAY + timedelta(hours=2))
    listed("Something else", published_at=LAST_WEEK + timedelta(days=1), category=Category.CIVIC)
    client = sign_in(learner)

    page = client.get("/me/digest").text

    assert re.findall(r'class="has-pin"><a[^>]*>([^<]*)<', page) == ["Newest", "New"]
    assert "Quiet one" not in page
    assert "Monday 8 June" in page
    # To look is not to have seen: only a button says so.
    assert client.get("/me/digest").text.count('class="card"') == 2

    client.post("/me/digest")

    assert "Nothing new." in client.get("/me/digest").text
    assert db.get_one(SavedSearch, asked.id).last_seen_at == MONDAY


def test_the_weekly_page_is_off_until_asked_for_and_then_begins_now(sign_in, db, learner):
    own = saved(db, learner)
    listed("Old news", published_at=LAST_WEEK + timedelta(days=1))
    client = sign_in(learner)

    assert "You asked to be told of nothing" in client.get("/me/digest").text
    client.post(f"/me/searches/{own.uuid}/digest/on")
    page = client.get("/me/digest").text
    client.post(f"/me/searches/{own.uuid}/digest/off")

    assert "Nothing new." in page
    assert "Old news" not in page
    assert "You asked to be told of nothing" in client.get("/me/digest").text


def test_nobody_asks_for_another_ones_digest(db, learner):
    noise = saved(db, factories.learner())

    with pytest.raises(NotFound):
        ask_for_digest(db, owner=learner, uuid=noise.uuid, wants_digest=True, now=NOW)
    assert noise.wants_digest is False


def test_what_someone_kept_goes_with_them(db, learner):
    other = factories.learner()
    for owner in (learner, other):
        saved(db, owner)
        keep_for_later(db, owner=owner, opportunity=listed("Rugby"), now=NOW)

    db.execute(delete(User).where(User.id == learner.id))
    db.expire_all()

    assert [each.owner_id for each in db.scalars(select(SavedSearch))] == [other.id]
    assert [each.owner_id for each in db.scalars(select(KeptOpportunity))] == [other.id]
