"""No page of officers, and none that anybody may open, counts people: the cube alone does.

Each address is asked for as each of those who see more than their own, and what is sent to the
database is read: a sum or a count over a table of people is a number that no release stands behind.
"""

import re
from contextlib import closing

import pytest

from accounts.models import Role
from tests import factories
from tests.cube.builders import attended, city_with_areas, released

#: Tables with a row for each thing that a young person is or did.
PEOPLE = (
    *("attendance", "attendance_trace", "booking", "achievement_credential", "evidence_piece"),
    *("logged_activity", "plan_item", "goal", "reflection", "pack", "equality_answer", "wish"),
    *("supporter_link", "guardianship", "feedback", "saved_search", "absence"),
)
_COUNTS = re.compile(r"\b(count|sum|avg|min|max|bit_or|stddev|percentile_\w+)\s*\(", re.I)
_OF_PEOPLE = re.compile(rf"\b(?:FROM|JOIN)\s+\"?(?:{'|'.join(PEOPLE)})\"?\b", re.I)
#: Pages that count to decide, and give no number to whoever reads: each with what it says instead.
SAY_NO_NUMBER = {
    "/authority/badges": "which badges nobody earned, or all on one day",
    "/authority/registers": "which registers to look at, and why",
    "/authority/feedback": "what adults wrote to young people, one by one, for whoever looks after them",
    "/authority/wishes": "words that three wishes or more have in common",
}


@pytest.fixture
def readers(app, db):
    """Those who see more than their own, in a city where twenty came and a term was released."""
    with app.test_request_context():
        city, areas = city_with_areas()
        for _ in range(20):
            attended(areas[0])
        released(city)
        db.commit()
    found = {
        "anybody": None,
        "officer": factories.officer(of=city),
        "city admin": factories.adult(Role.CITY_ADMIN, city_id=city.id),
        "platform admin": factories.adult(Role.PLATFORM_ADMIN),
    }
    db.commit()
    return found, city, areas


@pytest.mark.parametrize("who", ["anybody", "officer", "city admin", "platform admin"])
def test_no_address_counts_people_but_the_cube(app, client, sign_in, readers, count_queries, who):
    people, city, areas = readers
    if people[who] is not None:
        sign_in(people[who])

    asked, counted = 0, {}
    for address in _addresses(app, city, areas):
        count_queries.clear()
        with closing(client.get(address)) as answer:
            asked += answer.status_code == 200
        found = [sent for sent in count_queries if counts_people(sent)]
        if found and answer.status_code == 200 and address.partition("?")[0] not in SAY_NO_NUMBER:
            counted[address] = found

    assert counted == {}
    assert asked > 40


def test_pages_that_count_to_decide_give_no_number(client, sign_in, readers):
    people, _city, _areas = readers
    sign_in(people["officer"])
    for address in SAY_NO_NUMBER:
        main = client.get(address).text.partition("<main")[2].partition("</main>")[0]

        shown = re.findall(r">\s*\d[\d,]*\s*<", main)
        assert shown == [], address


def test_a_page_that_counts_people_would_be_found():
    assert counts_people("SELECT count(*) FROM booking JOIN area ON true")
    assert counts_people('SELECT sum(a.minutes) FROM opportunity JOIN "attendance" a ON true')
    assert not counts_people("SELECT booking.id FROM booking WHERE id = 1")
    assert not counts_people("SELECT count(*) FROM opportunity")


def counts_people(statement: str) -> bool:
    return bool(_COUNTS.search(statement) and _OF_PEOPLE.search(statement))


def _addresses(app, city, areas):
    """Yield each address that asks for nothing but a place or a city, and a few ways to ask more."""
    values = {"slug": city.slug, "code": areas[0].lsoa_code, "lsoa_code": areas[0].lsoa_code}
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.arguments <= values.keys() and "static" not in rule.rule:
            given = {name: values[name] for name in rule.arguments}
            address = app.url_map.bind("localhost").build(rule.endpoint, given)
            yield from (address, f"{address}?city={city.slug}")
