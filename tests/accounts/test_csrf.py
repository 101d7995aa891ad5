"""Every form carries a token, and nothing is done without one."""

import re
from uuid import uuid4

import pytest

from accounts.models import Role
from accounts.service import sign_in_link
from providers.models import ProviderStatus
from tests import factories
from tests.factories import NOW

FORM = re.compile(r"<form[^>]*>.*?</form>", re.DOTALL)


@pytest.fixture
def strict(app, client, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    return client


def _post_forms(page):
    return [form for form in FORM.findall(page.text) if 'method="post"' in form.split(">")[0]]


def _all_carry_a_token(page):
    forms = _post_forms(page)
    assert forms, "there is no form on this page"
    return all('name="csrf_token"' in form for form in forms)


@pytest.mark.parametrize("address", ["/sign-in", "/start", "/provide/join"])
def test_forms_for_strangers_carry_a_token(strict, db, address):
    assert _all_carry_a_token(strict.get(address))


def test_the_steps_of_starting_carry_a_token(strict, db):
    factories.area(in_city=factories.city())
    db.commit()
    with strict.session_transaction() as session:
        session["start"] = {"name": "Seren", "age_band": "13-15"}

    for address in ("/start", "/start/age", "/start/area", "/start/area/list"):
        assert _all_carry_a_token(strict.get(address))


def test_a_sign_in_link_is_used_with_the_token_of_its_page(strict, db):
    user = factories.adult(Role.GUARDIAN)
    address = f"/sign-in/link/{sign_in_link(db, user=user, now=NOW)}"
    db.commit()

    assert strict.post(address).status_code == 400
    token = re.search(r'name="csrf_token" value="([^"]+)"', strict.get(address).text)[1]
    assert strict.post(address, data={"csrf_token": token}).status_code == 303


def test_forms_of_ones_own_carry_a_token(strict, sign_in, db):
    provider = factories.provider()
    session = factories.scheduled_session(opportunity=factories.opportunity(provider=provider))
    uuid = session.opportunity.uuid
    city = factories.city()
    waiting = factories.provider(in_city=city, status=ProviderStatus.APPLIED)
    factories.passport(waiting)
    people = {
        factories.learner(): ["/me/pass", "/account"],
        factories.member(of=provider): [
            "/account",
            "/provide",
            f"/provide/activities/new?draft={uuid4()}",
            f"/provide/activities/{uuid}/again",
            f"/provide/activities/{uuid}/withdraw",
            *(f"/provide/activities/{uuid}/{page}" for page in ("edit", "more")),
            f"/provide/activities/{uuid}",
            "/provide/activities",
            "/provide/places/new",
            "/provide/details",
            "/provide/safety/insurance",
            "/provide/people",
            "/provide/members",
            "/provide/leave",
        ],
        factories.officer(of=city): [f"/authority/providers/{waiting.uuid}"],
    }
    for person, addresses in people.items():
        client = sign_in(person)
        for address in addresses:
            assert _all_carry_a_token(client.get(address)), address


@pytest.mark.parametrize(
    "address",
    [
        "/sign-in",
        "/sign-out",
        "/sign-in/link/x",
        "/start",
        "/start/age",
        "/start/area",
        "/start/area/list",
        "/me/pass/pin",
        "/account/password",
        "/account/sign-out-everywhere",
        "/provide/join",
        "/provide/activities/new",
        "/provide/activities",
        "/provide/activities/drafts/b8b0d8d0-0000-4000-8000-000000000000",
        "/provide/activities/drafts/b8b0d8d0-0000-4000-8000-000000000000/delete",
        *(
            f"/provide/activities/b8b0d8d0-0000-4000-8000-000000000000/{act}"
            for act in ("edit", "more", "pause", "resume", "copy")
        ),
        "/provide/places/new",
        "/provide/places/b8b0d8d0-0000-4000-8000-000000000000",
        "/provide/details",
        "/provide/hand-in",
        "/provide/people",
        "/provide/members",
        "/provide/invitation/x",
        "/authority/providers/b8b0d8d0-0000-4000-8000-000000000000/decision",
        "/authority/providers/b8b0d8d0-0000-4000-8000-000000000000/evidence",
    ],
)
def test_nothing_is_done_without_a_token(strict, db, address):
    answer = strict.post(address)

    assert answer.status_code == 400
    assert "load the page again" in answer.text
