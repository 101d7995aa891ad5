"""Wishing for what is not there, and what officers may know of it."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from accounts.models import Role, SignInAttempt
from accounts.throttle import WISHES_PER_DEVICE
from geo.models import Postcode
from opportunities.models import Category, Wish
from opportunities.wish_queries import words_by_ward, words_of_city
from opportunities.wish_service import make_wish
from tests import factories
from tests.factories import NOW, YORK

LAST_MONTH = NOW - timedelta(days=20)
A_MONTH = timedelta(days=31)


@pytest.fixture
def city(db):
    return factories.city(name="Aberwennol")


def wished(db, city, area=None, category=Category.SPORT, words="", times=1, now=LAST_MONTH):
    """Wish for something in so many months, since the same wish counts once in each."""
    for number in range(times):
        made_at = now - number * A_MONTH
        make_wish(db, city=city, area=area, category=category, words=words, now=made_at)


def ward(city, name):
    return factories.area(in_city=city, ward_name=name)


def test_a_search_that_found_nothing_asks_what_there_should_be(client, db, city):
    page = client.get("/?text=girls+rugby&category=sport")

    form = page.text.split('action="/wish"')[1].split("</form>")[0]
    assert 'value="girls rugby"' in form
    assert re.search(r'value="sport" checked', form)
    assert "Set-Cookie" not in page.headers


def test_a_city_is_chosen_only_where_the_search_does_not_say_which(client, db, city):
    factories.city(name="Elsewhere")
    area = factories.area(in_city=city)
    db.commit()

    def asks(address):
        return "Which place?" in client.get(address).text

    assert asks("/?text=chess")
    assert not asks(f"/?text=chess&area={area.lsoa_code}")
    assert not asks(f"/c/{city.slug}?text=chess")
    assert asks("/wish")
    assert not asks(f"/wish?area={area.lsoa_code}")


def test_a_search_that_found_something_does_not_ask(client, db):
    factories.scheduled_session()
    db.commit()

    assert 'action="/wish"' not in client.get("/").text


def test_words_that_tell_of_someone_are_not_put_into_the_box(client, db, city):
    form = client.get("/?text=YO1+7HH").text.split('action="/wish"')[1].split("</form>")[0]

    assert "YO1 7HH" not in form


def test_a_wish_keeps_its_area_and_month_and_nothing_of_who_wished(client, db, city):
    area, other = ward(city, "Kelby"), factories.city()
    db.commit()

    page = client.post(
        "/wish",
        data={
            "category": "sport",
            "words": "  girls \t rugby ",
            "area": area.lsoa_code,
            "city": other.slug,
            "name": "Seren",
        },
    )

    kept = db.scalars(select(Wish)).one()
    assert (page.status_code, page.location) == (303, f"/wish/thanks?area={area.lsoa_code}")
    assert "Set-Cookie" not in page.headers
    assert (kept.city_id, kept.lsoa_code, kept.category) == (
        city.id,
        area.lsoa_code,
        Category.SPORT,
    )
    assert (kept.words, kept.month) == ("girls rugby", date(2026, 6, 1))
    assert set(Wish.__table__.columns.keys()) == {
        *("id", "city_id", "lsoa_code", "category", "words", "month")
    }
    thanks = client.get(page.location)
    assert "Set-Cookie" not in thanks.headers
    assert thanks.text.count("data-next") == 1


def test_a_wish_without_an_area_belongs_to_the_city_that_is_chosen(client, db, city):
    noise = factories.city(name="Elsewhere")
    db.commit()

    asked = client.post("/wish", data={"words": "chess"})
    client.post("/wish", data={"words": "chess", "city": city.slug})

    assert asked.status_code == 422
    assert "Choose the place you mean." in asked.text
    kept = db.scalars(select(Wish)).one()
    assert (kept.city_id, kept.lsoa_code) == (city.id, None)
    assert noise.id != city.id


def test_an_area_that_the_city_does_not_cover_is_not_kept(db, city):
    wished(db, city, factories.area(), words="chess")

    assert db.scalars(select(Wish)).one().lsoa_code is None


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ({"words": "skate park"}, {"words": "Skate  PARK"}),
        ({"words": "skate park"}, {"words": "skatepark", "category": "sport"}),
        ({"category": "sport"}, {"category": "sport", "words": " "}),
    ],
)
def test_the_same_wish_counts_once_in_a_month_and_is_thanked_for_each_time(
    client, db, city, first, again
):
    home = factories.area(in_city=city)
    db.commit()

    for place in ({"area": home.lsoa_code}, {}):
        thanked = [client.post("/wish", data=given | place) for given in (first, *[again] * 9)]
        assert {(page.status_code, page.location) for page in thanked} == {
            (303, thanked[0].location)
        }

    assert sorted(db.scalars(select(Wish.lsoa_code)), key=bool) == [None, home.lsoa_code]


def test_a_wish_of_another_kind_month_area_or_city_counts_by_itself(db, city):
    kelby, other = ward(city, "Kelby"), factories.city(name="Elsewhere")
    wished(db, city, kelby)
    wished(db, city, kelby, Category.CIVIC)
    wished(db, city, kelby, words="chess", times=2)
    wished(db, city, kelby, words="bowls")
    wished(db, city, ward(city, "Kelby"), words="chess")
    wished(db, city, words="chess")
    wished(db, other, words="chess")

    assert len(db.scalars(select(Wish)).all()) == 8


@pytest.mark.parametrize("words", ["", "Skate park"])
def test_the_database_refuses_the_same_wish_a_second_time(db, city, words):
    given = {"city_id": city.id, "category": Category.SPORT, "month": date(2026, 5, 1)}
    db.add(Wish(**given, words=words.lower()))
    db.flush()

    db.add(Wish(**given, words=words))
    with pytest.raises(IntegrityError, match="uq_wish_"):
        db.flush()


@pytest.mark.parametrize(
    "words",
    [
        "chess at YO1 7HH",
        "chess yo17hh",
        "call 07700 900123",
        "call 0 7 7 0 0 9 0 0 1 2 3",
        "ring \uff10\uff17\uff17\uff10\uff10\uff19\uff10\uff10\uff11",
        "mail seren@example.org",
        "find me @seren",
        "see www.example",
        "see https://x",
        "see seren.example.org",
    ],
)
def test_words_that_say_who_or_where_are_refused_and_not_kept(client, db, city, words):
    page = client.post("/wish", data={"words": words, "category": "sport", "city": city.slug})

    assert page.status_code == 422
    assert "Leave out postcodes" in page.text
    assert db.scalars(select(Wish)).all() == []


def test_half_a_postcode_that_there_is_is_refused_too(client, db, city):
    home = factories.area(in_city=city)
    db.add(Postcode(postcode="YO17HH", lsoa_code=home.lsoa_code, lon=YORK[0], lat=YORK[1]))
    db.commit()

    refused = client.post("/wish", data={"words": "chess in YO1"})
    taken = client.post("/wish", data={"words": "chess for U16"})

    assert (refused.status_code, taken.status_code) == (422, 303)
    assert [wish.words for wish in db.scalars(select(Wish))] == ["chess for U16"]


@pytest.mark.parametrize("words", ["under 16s football", "girls' rugby, 2026", "e.g. chess"])
def test_plain_words_are_taken(client, db, city, words):
    db.commit()

    assert client.post("/wish", data={"words": words}).status_code == 303


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"words": "x" * 61},
        {"category": "nonsense"},
        {"words": "\0"},
        {"words": ["a", "b"], "area": ["\0", "x"], "city": "\0", "category": ["sport", "x"]},
    ],
)
def test_a_strange_wish_is_answered_in_a_sentence(client, db, given):
    factories.city(), factories.city()
    db.commit()

    page = client.post("/wish", data=given)

    assert page.status_code == 422
    assert "There is a problem" in page.text


def test_one_device_may_not_go_on_wishing(client, db, city):
    db.commit()
    for number in range(WISHES_PER_DEVICE):
        assert client.post("/wish", data={"words": f"chess {number}"}).status_code == 303

    assert client.post("/wish", data={"category": "sport"}).status_code == 429
    assert len(db.scalars(select(Wish)).all()) == WISHES_PER_DEVICE
    assert all("127.0.0.1" not in key for key in db.scalars(select(SignInAttempt.key)))


@pytest.mark.parametrize(
    "given",
    [
        {"words": "x" * 61},
        {"category": None, "words": ""},
    ],
)
def test_the_database_refuses_what_no_form_would_send(db, city, given):
    db.add(
        Wish(**{"city_id": city.id, "category": Category.SPORT, "month": date(2026, 5, 1)} | given)
    )

    with pytest.raises(IntegrityError):
        db.flush()


def test_the_database_keeps_no_finer_time_than_the_month(db, city):
    db.add(Wish(city_id=city.id, category=Category.SPORT, month=date(2026, 5, 2)))

    with pytest.raises(IntegrityError):
        db.flush()


def test_officers_see_no_number_of_wishes_here(sign_in, db, city):
    """How many there are is a released number, with chance in it (`cube`)."""
    kelby = ward(city, "Kelby")
    wished(db, city, kelby, times=12)

    page = sign_in(factories.officer(of=city)).get("/authority/wishes").text

    assert "<table" not in page
    assert not re.search(r">\s*12\s*<", page)


def test_words_stand_beside_a_ward_where_ten_wishes_came_and_three_say_the_same(db, city):
    kelby, harbour = ward(city, "Kelby"), ward(city, "Harbour")
    for area, others in ((kelby, 5), (harbour, 4)):
        wished(db, city, area, words="Skate park", times=1)
        wished(db, city, ward(city, area.ward_name), words="skatePARK", times=2)
        wished(db, city, area, words="my very own idea", times=2)
        wished(db, city, area, times=others)
    wished(db, city, ward(city, "Elsewhere"), words="chess", times=9)
    officer = factories.officer(of=city)

    found = words_by_ward(db, officer, today=NOW.date())

    assert [each.ward for each in found] == ["Kelby"]
    assert [words.replace(" ", "") for words in found[0].words] == ["skatepark"]


def test_words_of_the_city_stand_in_three_wishes(db, city):
    wished(db, city, ward(city, "Kelby"), words="Chess", times=1)
    for _ in range(5):
        wished(db, city, words="bowls")
    wished(db, city, ward(city, "Harbour"), words="chess", times=2)
    wished(db, city, words="falconry", times=2)
    elsewhere = factories.city()
    wished(db, elsewhere, words="falconry", times=5)

    assert words_of_city(db, factories.officer(of=city), today=NOW.date()) == ["chess"]


def test_the_month_that_is_running_is_not_counted(sign_in, db, city):
    for _ in range(12):
        wished(db, city, ward(city, "Kelby"), words="chess", now=NOW)

    page = sign_in(factories.officer(of=city)).get("/authority/wishes")

    assert "No words that enough people used yet." in page.text
    assert "Kelby" not in page.text
    assert "chess" not in page.text


@pytest.mark.parametrize("role", [Role.PROVIDER_ADMIN, Role.GUARDIAN, Role.PLATFORM_ADMIN])
def test_only_officers_see_wishes(sign_in, role):
    assert sign_in(factories.adult(role)).get("/authority/wishes").status_code == 403
