"""What is not trusted is on no page, in no feed and on no map: asked of the addresses themselves."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from accounts.models import AgeBand
from app import clock
from badges.models import AchievementCredential
from opportunities.queries.tiles import tile_at
from participation.models import Attendance, Booking
from providers.models import (
    Assurance,
    AssuranceKind,
    MemberRole,
    Provider,
    ProviderMember,
    ProviderStatus,
)
from tests import factories
from tests.factories import NOW, YORK

TITLE, NAME = "Zebrapottery", "Zebraclub"


@pytest.fixture
def club(db):
    """An organisation that two officers said yes to; its papers hold until midnight in London."""
    city = factories.city(name="Testford")
    first, second = factories.officer(of=city), factories.officer(of=city)
    club = factories.provider(name=NAME, in_city=city)
    club.keeper = factories.member(of=club)
    club.door = factories.member(of=club, does=MemberRole.DOOR)
    factories.passport(
        club, sent_by=club.keeper, accepted_by=first, seconded_by=second, expires_on=NOW.date()
    )
    achievement = factories.achievement(issuer=club, name="Zebra Hand")
    place = factories.place(within=factories.area(in_city=city))
    offer = factories.opportunity(title=TITLE, provider=club, place=place, achievement=achievement)
    # It begins half an hour after the papers lapse: the register is open on both sides of midnight.
    club.session = factories.scheduled_session(
        starts_at=NOW + timedelta(hours=11, minutes=30), opportunity=offer
    )
    club.booking = factories.booking(
        of=factories.learner(name="Seren", age_band=AgeBand.FROM_13_TO_15), on=club.session
    )
    db.refresh(club)
    return club


def let_lapse(_db, _club, monkeypatch):
    at(monkeypatch, hours=11)


def become(status):
    def become(db, club, _monkeypatch):
        # A request takes its session with it, and the club that it had: so by its key.
        db.query(Provider).filter_by(id=club.id).update({"status": status})
        db.commit()

    return become


WAYS = {
    "lapsed": let_lapse,
    "suspended": become(ProviderStatus.SUSPENDED),
    "refused": become(ProviderStatus.REFUSED),
    "applied": become(ProviderStatus.APPLIED),
}
every_way = pytest.mark.parametrize("lose_trust", WAYS.values(), ids=WAYS)


def at(monkeypatch, **given):
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(**given))


def addresses(club) -> list[str]:
    """Return every address at which somebody without an account may be shown what is on."""
    offer, city = club.session.opportunity, club.city.slug
    area = offer.place.lsoa_code
    near = f"lon={YORK[0]}&lat={YORK[1]}&radius_m=5000"
    return [
        "/",
        f"/?area={area}",
        "/?q=wheelthrown",
        f"/c/{city}",
        f"/c/{city}?q=wheelthrown",
        f"/cy/c/{city}",
        f"/a/{offer.slug}",
        f"/a/{offer.slug}/calendar.ics",
        f"/a/{offer.slug}/report",
        f"/p/{club.slug}",
        f"/p/{club.slug}/activities",
        "/api/v1/opportunities",
        "/api/v1/opportunities?format=geojson",
        f"/api/v1/opportunities?{near}",
        f"/api/v1/opportunities/{offer.uuid}",
        f"/api/v1/sessions/{club.session.uuid}",
        f"/api/v1/providers/{club.slug}",
        *(f"/feeds/{name}.{form}" for name in ("opportunities", city) for form in _FORMS),
        "/embed/list",
        "/embed/map",
        f"/embed/list?city={city}",
        _tile(),
    ]


_FORMS = ("atom", "json", "ics")


def _tile() -> str:
    tile = tile_at(*YORK, 14)
    return f"/tiles/opportunities/{tile.z}/{tile.x}/{tile.y}.mvt"


def shown_at(client, club) -> set[str]:
    return {
        urlsplit(address).path
        for address in addresses(club)
        if TITLE.encode() in (body := client.get(address, headers={"If-None-Match": ""}).data)
        or f'"{NAME}"'.encode() in body
        or f">{NAME}<".encode() in body
    }


def test_who_is_trusted_is_at_each_of_these_addresses(client, db, club):
    db.commit()

    assert shown_at(client, club) == {urlsplit(each).path for each in addresses(club)}


@every_way
def test_who_is_not_is_at_none(client, db, club, monkeypatch, lose_trust):
    db.commit()
    # Whoever asked a moment ago does not keep it for the others.
    shown_at(client, club)
    lose_trust(db, club, monkeypatch)

    assert shown_at(client, club) == set()


@every_way
def test_nobody_books_from_a_page_that_was_open(sign_in, db, club, monkeypatch, lose_trust):
    client = sign_in(factories.learner(name="Idris"))
    address = f"/a/{club.session.opportunity.slug}/book?session={club.session.uuid}"
    assert client.get(address).status_code == 200
    lose_trust(db, club, monkeypatch)

    assert client.post(address).status_code == 404
    assert client.get(address).status_code == 404
    assert db.query(Booking).count() == 1


@every_way
def test_the_door_shuts_at_the_next_request(sign_in, db, club, monkeypatch, lose_trust):
    at(monkeypatch, hours=10, minutes=45)
    client = sign_in(club.keeper)
    door = f"/door/{club.session.uuid}"
    assert "Seren" in client.get(door).text
    lose_trust(db, club, monkeypatch)

    answers = [
        client.get(door),
        client.post(f"{door}/{club.booking.uuid}", data={"came": "yes"}),
        client.post(f"{door}/everyone", data={"shown": str(club.booking.uuid)}),
    ]

    assert {answer.status_code for answer in answers} <= {403, 404}
    assert not any("Seren" in answer.text for answer in answers)
    # And no badge is earned at a door that is shut.
    assert db.query(Attendance).count() == db.query(AchievementCredential).count() == 0


def test_who_leaves_the_team_is_out_at_the_next_request(sign_in, db, club, monkeypatch):
    at(monkeypatch, hours=10, minutes=45)
    client = sign_in(club.door)
    door = f"/door/{club.session.uuid}"
    assert "Seren" in client.get(door).text
    db.query(ProviderMember).filter_by(user_id=club.door.id).update({"ended_at": NOW})
    db.commit()

    answers = [client.get(door), client.post(f"{door}/{club.booking.uuid}", data={"came": "yes"})]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert db.query(Attendance).count() == 0


@pytest.mark.parametrize("kind", list(AssuranceKind))
def test_one_paper_that_is_taken_back_hides_all_of_it(client, db, club, kind):
    db.query(Assurance).filter_by(provider_id=club.id, kind=kind).update({"withdrawn_at": NOW})
    db.commit()

    assert shown_at(client, club) == set()
