"""Places that a fund pays for: whose it is, one at a time, and what it came to in months that are over."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from accounts.models import Role
from app import clock
from app.errors import Conflict, NotAllowed, NotFound
from opportunities.fund_queries import (
    by_category,
    by_decile,
    fund_of_session,
    funded_sessions,
    listings_of,
    listings_to_choose,
    offered_by,
    paid_for,
)
from opportunities.fund_service import drop_fund, make_fund, pay_for, stop_paying
from opportunities.models import (
    AttendanceMode,
    Category,
    Fund,
    FundedListing,
    OpportunityStatus,
    ScheduledSession,
)
from tests import factories
from tests.factories import NOW

#: Two months of a spring that is over, a month that runs, and what is to come.
FIRST, LAST, TODAY = date(2026, 4, 10), date(2026, 7, 31), date(2026, 6, 15)


class City:
    """A city with who looks after it, an officer, an organisation and a fund."""

    def __init__(self, db, name="Electives premium", **given):
        self.db, self.row = db, factories.city()
        self.admin = factories.adult(Role.CITY_ADMIN, city_id=self.row.id)
        self.officer = factories.officer(of=self.row)
        self.provider = factories.provider(in_city=self.row)
        self.fund = self.makes(name, **given)

    def makes(self, name="Another", starts_on=FIRST, ends_on=LAST):
        return make_fund(
            self.db, made_by=self.admin, name=name, starts_on=starts_on, ends_on=ends_on, now=NOW
        )

    def offers(self, title="Pottery", decile=None, **given):
        if decile:
            given["place"] = factories.place(within=factories.area(decile=decile))
        return factories.opportunity(title, provider=self.provider, **given)

    def pays_for(self, *offers, fund=None, pence=1_250):
        return pay_for(
            self.db,
            fund=fund or self.fund,
            chosen_by=self.officer,
            slugs=[each.slug for each in offers],
            pence_a_place=pence,
            now=NOW,
        )


def held(offer, day, places=10, **given):
    """A session of ten places at noon in London in summer."""
    starts_at = datetime(day.year, day.month, day.day, 11, tzinfo=UTC)
    return factories.scheduled_session(
        opportunity=offer, starts_at=starts_at, places=places, **given
    )


@pytest.fixture
def city(db):
    noise = City(db, name="Elsewhere")
    offer = noise.offers("Elsewhere", decile=1)
    noise.pays_for(offer)
    held(offer, date(2026, 5, 5))
    return City(db)


def test_only_who_looks_after_a_city_makes_its_funds(db, city):
    for other in (city.officer, factories.member(city.provider), factories.adult(Role.CITY_ADMIN)):
        with pytest.raises(NotAllowed):
            make_fund(db, made_by=other, name="Mine", starts_on=FIRST, ends_on=LAST, now=NOW)
    with pytest.raises(Conflict, match="already"):
        city.makes("Electives premium")
    with pytest.raises(Conflict, match="before the first"):
        city.makes(starts_on=LAST, ends_on=FIRST)


def test_an_officer_chooses_what_is_on_the_list_of_the_city(db, city):
    offer, draft = city.offers(), city.offers("Draft", status=OpportunityStatus.DRAFT)
    strange = City(db, name="Far").offers("Far")
    assert listings_to_choose(db, city.fund) == [offer]
    assert listings_to_choose(db, city.fund, "POT") == [offer]
    assert listings_to_choose(db, city.fund, "100%") == []

    for refused in ([draft], [strange], [offer, strange]):
        with pytest.raises(Conflict):
            city.pays_for(*refused)
    assert city.pays_for(offer) == 1

    assert [each.opportunity for each in listings_of(db, city.fund)] == [offer]
    assert listings_to_choose(db, city.fund) == []
    with pytest.raises(NotAllowed):
        pay_for(
            db,
            fund=city.fund,
            chosen_by=factories.officer(),
            slugs=[offer.slug],
            pence_a_place=1,
            now=NOW,
        )


def test_one_fund_pays_at_a_time_and_another_before_or_after(db, city):
    offer = city.offers()
    city.pays_for(offer)
    meets = city.makes("Meets", starts_on=LAST, ends_on=LAST + timedelta(days=90))
    after = city.makes("After", starts_on=LAST + timedelta(days=1), ends_on=date(2026, 12, 31))

    with pytest.raises(Conflict, match="Another fund"):
        city.pays_for(offer, fund=meets)
    row = {"opportunity_id": offer.id, "pence_a_place": 1, "chosen_at": NOW, "fund_id": meets.id}
    days = {"starts_on": meets.starts_on, "ends_on": meets.ends_on}
    with pytest.raises(IntegrityError, match="one_at_a_time"), db.begin_nested():
        db.execute(insert(FundedListing).values(row | days))
    # Nor by saying other days than its fund has.
    days = {"starts_on": date(2027, 1, 1), "ends_on": date(2027, 1, 2)}
    with pytest.raises(IntegrityError, match="fk_funded_listing_fund"), db.begin_nested():
        db.execute(insert(FundedListing).values(row | days))
    city.pays_for(offer, fund=after)
    with pytest.raises(IntegrityError, match="one_at_a_time"), db.begin_nested():
        db.execute(update(Fund).filter_by(id=after.id).values(starts_on=LAST))

    assert paid_for(db, offer, LAST).fund == city.fund
    assert paid_for(db, offer, after.starts_on).fund == after
    assert paid_for(db, offer, FIRST - timedelta(days=1)) is None


def test_the_database_lets_no_fund_pay_in_another_city(db, city):
    strange = City(db, name="Far").offers("Far")
    row = {"fund_id": city.fund.id, "opportunity_id": strange.id, "pence_a_place": 1}
    days = {"starts_on": FIRST, "ends_on": LAST, "chosen_at": NOW}

    with pytest.raises(IntegrityError, match="own city"), db.begin_nested():
        db.execute(insert(FundedListing).values(row | days))


def test_a_session_is_paid_for_by_its_day_in_london(db, city):
    offer = city.offers()
    city.pays_for(offer)
    inside, before = held(offer, FIRST), held(offer, FIRST - timedelta(days=1))
    # Half past midnight in London, and the evening before in UTC.
    early = factories.scheduled_session(
        opportunity=offer, starts_at=datetime(2026, 4, 9, 23, 30, tzinfo=UTC)
    )
    unpaid = held(city.offers("Unpaid"), FIRST)
    own = select(ScheduledSession.id).filter_by(opportunity_id=offer.id)

    assert fund_of_session(db, inside) == fund_of_session(db, early) == city.fund
    assert fund_of_session(db, before) is fund_of_session(db, unpaid) is None
    paid = funded_sessions().where(ScheduledSession.id.in_(own))
    assert {tuple(row) for row in db.execute(paid)} == {
        (inside.id, city.fund.id),
        (early.id, city.fund.id),
    }


def test_the_report_counts_places_of_months_that_are_over(db, city):
    pottery, online = (
        city.offers(decile=1),
        city.offers("Online", decile=2, mode=AttendanceMode.ONLINE),
    )
    football = city.offers("Football", decile=9, category=Category.SPORT)
    unknown = city.offers("Nobody knows", category=Category.SPORT)
    city.pays_for(pottery, online)
    city.pays_for(football, unknown, pence=800)
    held(pottery, FIRST)
    held(pottery, date(2026, 5, 31), places=4)
    held(football, date(2026, 4, 30), places=20)
    held(online, date(2026, 5, 1), places=6)
    held(unknown, date(2026, 5, 2), places=5)
    for day, given in (
        (FIRST - timedelta(days=1), {}),
        (date(2026, 6, 1), {}),
        (date(2026, 5, 3), {"cancelled_at": NOW}),
    ):
        held(pottery, day, **given)
    # Who booked is nothing that it looks at.
    factories.booking(on=held(football, date(2026, 5, 9), places=2))

    rows = offered_by(db, city.fund, today=TODAY)

    told = [(row.category, row.decile, row.sessions, row.places, row.pence) for row in rows]
    assert told == [
        (Category.ARTS_AND_CULTURE, 1, 2, 14, 14 * 1_250),
        (Category.ARTS_AND_CULTURE, None, 1, 6, 6 * 1_250),
        (Category.SPORT, 9, 2, 22, 22 * 800),
        (Category.SPORT, None, 1, 5, 5 * 800),
    ]
    assert {each.of: each.places for each in by_category(rows) if each.places} == {
        Category.ARTS_AND_CULTURE: 20,
        Category.SPORT: 27,
    }
    assert {each.of: each.places for each in by_decile(rows) if each.places} == {
        1: 14,
        9: 22,
        None: 11,
    }
    total = sum(row.pence for row in rows)
    assert sum(each.pence for each in by_category(rows)) == total
    assert sum(each.pence for each in by_decile(rows)) == total
    assert offered_by(db, city.fund, today=date(2026, 4, 30)) == []


def test_what_is_taken_out_counts_no_more_and_an_empty_fund_can_go(db, city):
    offer = city.offers(decile=1)
    city.pays_for(offer)
    held(offer, FIRST)
    with pytest.raises(Conflict, match="pays for something"):
        drop_fund(db, fund=city.fund, dropped_by=city.admin)

    stop_paying(db, fund=city.fund, stopped_by=city.officer, opportunity_uuid=offer.uuid)
    stop_paying(db, fund=city.fund, stopped_by=city.officer, opportunity_uuid=offer.uuid)

    assert offered_by(db, city.fund, today=TODAY) == []
    with pytest.raises(NotAllowed):
        drop_fund(db, fund=city.fund, dropped_by=city.officer)
    drop_fund(db, fund=city.fund, dropped_by=city.admin)
    assert db.scalars(select(Fund.name)).all() == ["Elsewhere"]


def test_the_report_asks_of_no_person(db, city, count_queries):
    count_queries.clear()
    offered_by(db, city.fund, today=TODAY)

    (asked,) = count_queries
    for table in ("booking", "attendance", "user_account", "remaining_capacity"):
        assert table not in asked


def _running(db, name="Electives premium"):
    today = clock.today()
    return City(
        db, name, starts_on=today - timedelta(days=200), ends_on=today + timedelta(days=100)
    )


def test_everyone_sees_who_pays_and_only_officers_what_and_where(client, sign_in, db):
    city = _running(db)
    offer = city.offers(decile=1)
    held(offer, clock.today() - timedelta(days=60))
    at, listing = f"/authority/funds/{city.fund.uuid}", f"/a/{offer.slug}"
    db.commit()
    assert "paid for by" not in client.get(listing).text
    officer = sign_in(city.officer)

    page = officer.post(at, data={"find": "pot", "pounds": "12"})
    assert page.status_code == 422
    assert "Choose at least one activity." in page.text
    page = officer.post(at, data={"listings": offer.slug, "pounds": "twelve"})
    assert page.status_code == 422
    assert f'value="{offer.slug}" checked' in page.text
    sent = {"listings": offer.slug, "pounds": "12.50"}
    assert officer.post(at, data=sent).status_code == 303

    page = officer.get(at).text
    assert "£125.00" in page
    assert "most deprived" in page
    assert "no people" in page
    table = list(csv.DictReader(io.StringIO(officer.get(f"{at}.csv").text.removeprefix("\ufeff"))))
    assert [(row["decile"], row["places_offered"], row["pounds"]) for row in table] == [
        ("1", "10", "125.00")
    ]
    for reader in (None, factories.learner(), factories.member(city.provider)):
        db.commit()
        with client.session_transaction() as cookie:
            cookie.clear()
        visitor = sign_in(reader) if reader else client
        page = visitor.get(listing).text
        assert "Places here are paid for by Electives premium, until" in page
        assert "12.50" not in page
        assert "deprived" not in page
        for address in (at, f"{at}.csv", "/authority/funds"):
            assert visitor.get(address).status_code in (302, 303, 403)
    sign_in(city.officer).post(f"{at}/listings/{offer.uuid}/drop")
    assert "paid for by" not in client.get(listing).text


def test_a_city_makes_a_fund_and_another_city_never_sees_it(sign_in, db):
    city, other = _running(db), _running(db)
    typed = {"name": "Summer of clay", "starts_on": "2026-07-01", "ends_on": "2026-08-31"}
    admin = sign_in(city.admin)
    for wrong in (
        {"name": ""},
        {"name": "Electives premium"},
        {"name": "Text 07700 900123"},
        {"ends_on": "2026-06-30"},
        {"starts_on": "soon"},
    ):
        page = admin.post("/authority/funds", data=typed | wrong)
        assert page.status_code == 422
        assert 'value="2026-0' in page.text

    made = admin.post("/authority/funds", data=typed)

    assert made.status_code == 303
    assert "Summer of clay" in admin.get("/authority/funds").text
    officer = sign_in(city.officer)
    assert officer.post("/authority/funds", data=typed).status_code == 403
    assert "Make this fund" not in officer.get("/authority/funds").text
    stranger = sign_in(other.officer)
    assert "Summer of clay" not in stranger.get("/authority/funds").text
    for address in (made.location, f"{made.location}.csv"):
        assert stranger.get(address).status_code == 404
    assert stranger.post(made.location, data={}).status_code == 404


def test_a_list_of_what_it_pays_for_costs_the_same_however_long(sign_in, db, count_queries):
    city = _running(db)
    counts = []
    for number in (1, 3):
        city.pays_for(*[city.offers(f"Pots {number} {each}") for each in range(number)])
        officer = sign_in(city.officer)
        db.expire_all()
        count_queries.clear()
        officer.get(f"/authority/funds/{city.fund.uuid}")
        counts.append(len([sent for sent in count_queries if sent.startswith("SELECT")]))

    assert counts[0] == counts[1]


def test_a_fund_that_somebody_else_deleted_meanwhile_is_not_there(db, city):
    db.execute(delete(Fund).filter_by(id=city.fund.id).execution_options(synchronize_session=False))

    with pytest.raises(NotFound):
        drop_fund(db, fund=city.fund, dropped_by=city.admin)
    with pytest.raises(NotFound):
        city.pays_for(city.offers())


def test_a_zero_byte_in_what_is_looked_for_finds_nothing_and_breaks_nothing(db, city, sign_in):
    client, at = sign_in(city.officer), f"/authority/funds/{city.fund.uuid}"

    assert client.get(f"{at}?find=%00").status_code == 200
    assert client.post(at, data={"find": "a\0", "pounds": ""}).status_code == 422
