"""Adverts at the end of a pathway: what is taken, until when it is shown, and that each link leaves."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from app import clock
from app.addresses import https_page, leads_to_a_chat
from app.errors import Conflict, NotAllowed
from pathways.adverts import add_advert, drop_advert
from pathways.keeping import drop_draft, make_next, publish
from pathways.models import MOST_ADVERTS, PathwayAdvert
from pathways.queries import adverts_kept, adverts_shown
from tests import factories
from tests.factories import NOW
from tests.pathways.ways import Club, noise, starts, words

TODAY = NOW.date()


@pytest.fixture
def club(db):
    noise()
    other = Club(name="Elsewhere too")
    _add(db, other, other.publishes(words()), title="Nobody's advert here")
    return Club()


def _add(db, club, pathway, *, days=30, **given):
    given = {"title": "Apprentice potter", "offered_by": "Kiln and Co"} | given
    given.setdefault("address", f"https://jobs.example.org/{given['title'].replace(' ', '-')}")
    given.setdefault("added_by", club.keeper)
    return add_advert(
        db, pathway=pathway, closes_on=TODAY + timedelta(days=days), today=TODAY, **given
    )


def test_what_closes_first_is_first_and_what_has_closed_is_not_shown(db, club):
    pathway = club.publishes(words())
    later, sooner = _add(db, club, pathway, days=9), _add(db, club, pathway, days=2, title="Two")

    assert adverts_shown(db, pathway, TODAY) == [sooner, later]
    assert adverts_shown(db, pathway, sooner.closes_on) == [sooner, later]
    assert adverts_shown(db, pathway, sooner.closes_on + timedelta(days=1)) == [later]


def test_they_come_and_go_while_somebody_walks_and_stand_with_every_version(db, club):
    first = club.publishes(words())
    starts(factories.learner(), first)
    advert = _add(db, club, first)
    second = make_next(db, pathway=first, made_by=club.keeper)
    publish(db, pathway=second, published_by=club.keeper, now=NOW)
    other = _add(db, club, second, title="Throwing")

    assert adverts_shown(db, first, TODAY) == adverts_shown(db, second, TODAY) == [advert, other]

    drop_advert(db, pathway=second, dropped_by=club.keeper, uuid=advert.uuid)
    drop_advert(db, pathway=second, dropped_by=club.keeper, uuid=advert.uuid)
    assert adverts_shown(db, first, TODAY) == [other]


def test_there_are_six_and_what_has_closed_makes_room(db, club):
    pathway = club.publishes(words())
    for number in range(MOST_ADVERTS):
        _add(db, club, pathway, days=number, title=f"Job {number}")

    with pytest.raises(Conflict, match="six"):
        _add(db, club, pathway, title="One more")
    tomorrow = TODAY + timedelta(days=1)
    add_advert(
        db,
        pathway=pathway,
        added_by=club.keeper,
        title="One more",
        offered_by="Kiln and Co",
        address="https://jobs.example.org/more",
        closes_on=tomorrow,
        today=tomorrow,
    )
    assert len(adverts_kept(db, pathway)) == MOST_ADVERTS


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"position": 7}, "six_at_most"),
        ({"position": 1}, "slug_position"),
        ({"address": "http://jobs.example.org"}, "address_is_https"),
        ({"closes_on": TODAY - timedelta(days=1)}, "closes_within_a_year"),
        ({"version": 2}, "of_all_versions"),
    ],
)
def test_the_database_holds_it_too(db, club, values, rule):
    pathway = club.publishes(words())
    _add(db, club, pathway)
    row = {
        "uuid": uuid4(),
        "slug": pathway.slug,
        "position": 2,
        "title": "Other",
        "offered_by": "Kiln and Co",
        "address": "https://jobs.example.org/other",
        "closes_on": TODAY,
        "added_on": TODAY,
    }

    with pytest.raises(IntegrityError, match=rule), db.begin_nested():
        db.execute(insert(PathwayAdvert).values(row | values))
    db.execute(insert(PathwayAdvert).values(row))


@pytest.mark.parametrize(
    "refused",
    [
        pytest.param({"days": -1}, id="closed"),
        pytest.param({"days": 367}, id="too far away"),
        pytest.param({"address": "http://jobs.example.org/1"}, id="not https"),
        pytest.param({"address": "javascript:alert(1)"}, id="a script"),
        pytest.param({"address": "https://wa.me/447700900123"}, id="a chat"),
        pytest.param({"address": "https://jobs.example.org/Apprentice-potter"}, id="there already"),
    ],
)
def test_what_is_no_advert_is_refused(db, club, refused):
    pathway = club.publishes(words())
    _add(db, club, pathway)

    with pytest.raises(Conflict):
        _add(db, club, pathway, **({"title": "Other"} | refused))


def test_only_who_speaks_for_it_changes_them(db, club):
    pathway, stranger = club.publishes(words()), Club().keeper
    advert = _add(db, club, pathway)

    with pytest.raises(NotAllowed):
        _add(db, club, pathway, added_by=stranger, title="Other")
    with pytest.raises(NotAllowed):
        drop_advert(db, pathway=pathway, dropped_by=stranger, uuid=advert.uuid)
    other = club.publishes(words())
    drop_advert(db, pathway=other, dropped_by=club.keeper, uuid=advert.uuid)
    assert adverts_kept(db, pathway) == [advert]


def test_a_draft_takes_its_adverts_along(db, club):
    draft = club.lays_out(words())
    _add(db, club, draft)

    drop_draft(db, pathway=draft, dropped_by=club.keeper)

    assert adverts_kept(db, draft) == []


_SOUND = {
    "scheme": ("https",),
    "host": ("jobs.example.org", "a.uk", "xn--80ak6aa92e.example"),
    "rest": ("", "/", "/1?id=447700900123#top"),
}
_UNSOUND = {
    "scheme": ("http", "javascript", "data", "ftp", "", "https:"),
    "host": (
        "localhost",
        "127.0.0.1",
        "[::1]",
        "me@example.org",
        "example.org:8443",
        "a.org:x",
        "",
        # A browser goes to wa.me, whatever stands behind or whoever reads a name there.
        "wa.me.",
        "wa.me\\.jobs.example.org",
        "0x7f.1",
        "a.org:0",
        '"onclick=a.org',
    ),
}


@given(st.fixed_dictionaries({name: st.sampled_from(_SOUND[name]) for name in _SOUND}), st.data())
def test_an_address_is_kept_as_it_is_or_not_at_all(parts, data):
    spoil = data.draw(st.sampled_from([None, *_UNSOUND]))
    if spoil:
        parts[spoil] = data.draw(st.sampled_from(_UNSOUND[spoil]))
    address = f"{parts['scheme']}://{parts['host']}{parts['rest']}"

    assert https_page(f" {address} ") == ("" if spoil else address)


def test_an_address_in_other_letters_is_kept_as_a_browser_finds_it():
    assert https_page("https://t\u0177.cymru/swydd") == "https://xn--t-foa.cymru/swydd"


@pytest.mark.parametrize(
    ("address", "is_chat"),
    [
        ("https://chat.whatsapp.com/abc", True),
        ("https://www.instagram.com/somebody", True),
        ("https://jobs.example.org/@somebody", True),
        # A browser takes these letters for plain ones, and this one for none.
        ("https://ｗａ.ｍｅ/447700900123", True),  # noqa: RUF001
        ("https://wa\N{IDEOGRAPHIC FULL STOP}me/1", True),
        ("https://w\N{ZERO WIDTH SPACE}a.me/1", True),
        ("https://fb.com/somebody", True),
        ("https://notwhatsapp.com/jobs", False),
        ("https://jobs.example.org/447700900123", False),
    ],
)
def test_where_people_are_talked_to_is_known(address, is_chat):
    assert leads_to_a_chat(address) is is_chat


def test_everyone_sees_where_it_can_lead_and_that_it_leaves(client, sign_in, db, club):
    pathway = club.publishes(words())
    at, keeper = f"/provide/pathways/{pathway.slug}/adverts", sign_in(club.keeper)
    closes_on = (clock.today() + timedelta(days=5)).isoformat()
    typed = {"title": "Potter", "offered_by": "Kiln", "closes_on": closes_on}
    assert "Where this can lead" not in client.get(f"/pathways/{pathway.slug}").text

    for wrong in (
        {"address": "https://jobs.example.org/1", "title": "Text me on 07700 900123"},
        {"address": "https://t.me/somebody"},
        {"address": "jobs.example.org"},
        {"address": "https://jobs.example.org/1", "closes_on": "2020-01-01"},
    ):
        refused = keeper.post(at, data=typed | wrong)
        assert refused.status_code == 422
        assert 'value="Kiln"' in refused.text
    both = keeper.post(at, data=typed | {"address": "nowhere", "closes_on": "2020-01-01"}).text
    assert ("It begins with https://" in both, "That day has passed." in both) == (True, True)
    assert (
        keeper.post(at, data=typed | {"address": "https://jobs.example.org/1"}).status_code == 303
    )
    assert "Potter" in keeper.get(at).text

    page = client.get(f"/pathways/{pathway.slug}").text
    assert 'href="https://jobs.example.org/1" rel="noopener noreferrer nofollow"' in page
    assert page.index("step-1") < page.index("Where this can lead") < page.index("leaves Tirnod")
    (advert,) = adverts_kept(db, pathway)
    keeper.post(f"{at}/{advert.uuid}/drop")
    assert "Where this can lead" not in client.get(f"/pathways/{pathway.slug}").text


def test_another_organisations_adverts_are_not_there(sign_in, db, club):
    pathway = club.publishes(words())
    advert = _add(db, club, pathway)
    stranger = sign_in(Club().keeper)
    at = f"/provide/pathways/{pathway.slug}/adverts"

    assert stranger.get(at).status_code == 404
    assert stranger.post(f"{at}/{advert.uuid}/drop").status_code == 404
    assert sign_in(factories.learner()).get(at).status_code == 403
