"""The places of a provider: remembered, and changed for nobody else."""

import pytest

from app.errors import Conflict, NotAllowed, NotFound
from geo.models import AccessFeature, Postcode
from geo.queries import lon_lat
from listings import queries
from listings.places import add_own_place, change_own_place, own_place, remember_place
from tests import factories
from tests.factories import NOW, YORK

POINT = (-1.12, 53.95)


@pytest.fixture
def member(db, provider):
    return factories.member(of=provider)


@pytest.fixture
def area(db):
    area = factories.area(lon=POINT[0], lat=POINT[1])
    factories._saved(
        Postcode(postcode="YO242AB", lsoa_code=area.lsoa_code, lon=POINT[0], lat=POINT[1])
    )
    return area


def _change(db, provider, place, member, **given):
    given = {"name": "Barn", "address": "1 Lane"} | given
    return change_own_place(db, provider=provider, place=place, changed_by=member, now=NOW, **given)


def test_a_place_is_remembered_before_anything_is_on_there(db, provider, member, area):
    place = add_own_place(
        db,
        provider=provider,
        added_by=member,
        now=NOW,
        name="Barn",
        address="1 Lane",
        postcode="yo24 2ab",
        access=[AccessFeature.HEARING_LOOP],
    )

    assert list(queries.remembered_places(db, provider)) == [place]
    assert (place.lsoa_code, place.access) == (area.lsoa_code, ["hearing_loop"])
    assert lon_lat(place) == pytest.approx(POINT)
    assert own_place(db, factories.provider(), place.uuid) is None


def test_nobody_knows_every_postcode(db, provider, member):
    with pytest.raises(Conflict, match="do not know that postcode"):
        add_own_place(
            db,
            provider=provider,
            added_by=member,
            now=NOW,
            name="Barn",
            address="",
            postcode="ZZ1 1ZZ",
        )
    assert list(queries.remembered_places(db, provider)) == []


def test_ones_own_place_is_changed_where_it_is(db, provider, member, area):
    opportunity = factories.opportunity(provider=provider)
    place = opportunity.place

    changed = _change(
        db,
        provider,
        place,
        member,
        postcode="YO24 2AB",
        step_free=True,
        access=[AccessFeature.QUIET_ROOM],
    )

    assert changed is place
    assert (place.name, place.step_free, place.access) == ("Barn", True, ["quiet_room"])
    assert lon_lat(place) == pytest.approx(POINT)


def test_a_place_that_others_use_stays_theirs(db, provider, member, area):
    theirs = factories.opportunity()
    place = theirs.place
    own = factories.opportunity(provider=provider, place=place)
    remember_place(db, provider=provider, place=place, now=NOW)
    number = place.id

    changed = _change(db, provider, place, member, postcode="YO24 2AB")

    assert changed.id != number
    assert (theirs.place_id, own.place_id) == (number, changed.id)
    assert (theirs.place.name, own.place.name) == ("Library", "Barn")
    assert lon_lat(theirs.place) == pytest.approx(YORK)
    assert lon_lat(own.place) == pytest.approx(POINT)
    assert [each.id for each in queries.remembered_places(db, provider)] == [changed.id]


def test_a_place_added_by_another_counts_as_used(db, provider, member):
    place = factories.opportunity(provider=provider).place
    remember_place(db, provider=factories.provider(), place=place, now=NOW)

    assert _change(db, provider, place, member).id != place.id
    db.refresh(place)
    assert place.name == "Library"


def test_nobody_changes_or_adds_for_anybody_else(db, provider, member):
    theirs = factories.provider()
    place = factories.opportunity(provider=theirs).place

    with pytest.raises(NotFound):
        _change(db, provider, place, member)
    with pytest.raises(NotAllowed):
        _change(db, theirs, place, member)
    assert place.name == "Library"


class TestPages:
    @pytest.fixture
    def staff(self, sign_in, member, area):
        return sign_in(member)

    def test_a_place_is_added_listed_and_changed(self, staff, db, provider):
        added = staff.post(
            "/provide/places/new",
            data={
                "name": "Barn",
                "postcode": "YO24 2AB",
                "access": ["hearing_loop", "changing_place"],
            },
        )
        page = staff.get(added.location).text
        [place] = queries.remembered_places(db, provider)
        address = f"/provide/places/{place.uuid}"

        assert "Changing place, Hearing loop" in page
        assert 'value="Barn"' in staff.get(address).text
        changed = staff.post(address, data={"name": "Old barn", "step_free": "true"})
        assert changed.location == "/provide/places?done=saved"
        assert "Old barn" in staff.get("/provide/places").text

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            ({"postcode": "YO24 2AB"}, "Give the place a name."),
            ({"name": "Barn"}, "Type the postcode of the place."),
            ({"name": "Barn", "postcode": "ZZ1 1ZZ"}, "do not know that postcode"),
            ({"name": "Barn", "postcode": "YO24 2AB", "access": "x"}, "Choose from the list."),
            ({"name": "pots.org", "postcode": "YO24 2AB"}, "Leave out phone numbers"),
            ({"name": "x" * 81, "postcode": "YO24 2AB"}, "80 characters or fewer"),
        ],
    )
    def test_what_is_wrong_is_said(self, staff, db, provider, data, words):
        page = staff.post("/provide/places/new", data=data)

        assert page.status_code == 422
        assert words in page.text
        assert list(queries.remembered_places(db, provider)) == []

    def test_anybody_elses_is_not_there(self, staff, db):
        uuid = factories.opportunity().place.uuid
        db.commit()

        assert staff.get(f"/provide/places/{uuid}").status_code == 404
        assert staff.post(f"/provide/places/{uuid}", data={"name": "Mine"}).status_code == 404
