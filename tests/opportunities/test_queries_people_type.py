"""What people type, and what they expect to find: the two tables beside this file, row by row."""

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from geo.models import Postcode
from geo.queries import find_area
from opportunities.models import Category, OpportunityKind
from opportunities.queries import SearchRequest, search
from tests import factories
from tests.factories import NOW

HERE = Path(__file__).parent
QUERIES = tomllib.loads((HERE / "queries_people_type.toml").read_text())["query"]
LISTED = tomllib.loads((HERE / "listings_people_look_for.toml").read_text())
EVERYTHING = 100


@pytest.fixture
def listings(db):
    """Every listing of the table, each with a session tomorrow."""
    city, places, providers = factories.city(), {}, {}
    for listed in LISTED["listing"]:
        where, who = listed["place"], listed["provider"]
        if where not in places:
            places[where] = factories.place(name=where)
        if who not in providers:
            providers[who] = factories.provider(name=who, in_city=city)
        factories.scheduled_session(
            starts_at=NOW + timedelta(days=1),
            opportunity=factories.opportunity(
                title=listed["title"],
                description=listed["description"],
                kind=OpportunityKind(listed["kind"]),
                category=Category(listed["category"]),
                place=places[where],
                provider=providers[who],
            ),
        )


@pytest.fixture
def wards(db):
    """The wards of the table and their postcodes, by name."""
    wards = {}
    for number, area in enumerate(LISTED["area"]):
        _, lon, lat = area["postcodes"][0]
        ward = factories.area(
            ward_code=f"W0500000{number}", ward_name=area["ward"], lon=lon, lat=lat
        )
        wards[area["ward"]] = ward
        db.add_all(
            Postcode(postcode=postcode.replace(" ", ""), lsoa_code=ward.lsoa_code, lon=lon, lat=lat)
            for postcode, lon, lat in area["postcodes"]
        )
    db.flush()
    return wards


def test_the_table_is_long_enough():
    assert len(QUERIES) >= 60


# One test for all words and one for all places: the rows are made once, and every miss is named.
def test_words_find_what_a_person_would_expect(db, listings):
    missed, strays = [], []
    for query in (query for query in QUERIES if "words" in query):
        wanted = SearchRequest(starts_after=NOW, words=query["words"], limit=EVERYTHING)
        titles = {found.scheduled.opportunity.title for found in search(db, wanted)}
        missed += [(query["words"], title) for title in query["expect"] if title not in titles]
        strays += [(query["words"], title) for title in query.get("never", []) if title in titles]

    assert (missed, strays) == ([], [])


def test_places_lead_where_a_person_would_expect(db, wards):
    asked = [query for query in QUERIES if "where" in query]
    led = {query["where"]: find_area(db, query["where"]) for query in asked}

    assert {typed: area and area.ward_name for typed, area in led.items()} == {
        query["where"]: query["expect"] for query in asked
    }
