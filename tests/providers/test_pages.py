"""The pages of organisations: each once happy, once for each answer it can give."""

import pytest

from accounts.models import Role, User
from providers.models import Provider, ProviderStatus, Register
from tests import factories
from tests.factories import NOW

APPLICATION = {
    "organisation": "Pot House",
    "kind": "youth_group",
    "description": "Make pots and take them home.",
    "safeguarding_lead": "Sam Hill",
    "name": "Jo",
    "email": "jo@example.org",
    "password": "three small words",
}


@pytest.fixture
def city(db):
    city = factories.city("Alder")
    db.commit()
    return city


def test_joining_takes_eight_fields_at_most(client, city):
    page = client.get("/provide/join")

    names = {part.split('"')[0] for part in page.text.split(' name="')[1:]}
    assert page.status_code == 200
    assert names - {"csrf_token", "viewport", "theme-color"} == set(APPLICATION)
    assert len(APPLICATION) <= 8


def test_an_organisation_joins_and_signs_in(client, db, city):
    sent = client.post("/provide/join", data=APPLICATION)
    answer = client.get(sent.location)

    assert (sent.status_code, sent.location) == (303, "/provide/joined")
    assert "data-next" in answer.text
    provider = db.query(Provider).one()
    assert (provider.name, provider.city_id) == ("Pot House", city.id)
    signed_in = client.post(
        "/sign-in",
        data={"way": "adult", "email": "jo@example.org", "password": "three small words"},
    )
    assert signed_in.location == "/provide"


def test_nobody_learns_whether_an_address_has_an_account(client, db, city):
    factories.adult(Role.GUARDIAN, email="known@example.org")
    db.commit()

    answers = []
    for email in ("known@example.org", "new@example.org", "new@example.org"):
        sent = client.post("/provide/join", data=APPLICATION | {"email": email})
        answers.append((sent.status_code, sent.location, client.get(sent.location).text))

    assert len(set(answers)) == 1
    assert db.query(Provider).count() == 1


def test_the_eleventh_application_with_one_address_waits(client, city):
    sent = [client.post("/provide/join", data=APPLICATION).status_code for _ in range(11)]

    assert sent == [303] * 10 + [429]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("organisation", "", "Type the name of your organisation."),
        ("organisation", "x" * 81, "80 characters or fewer"),
        ("kind", "", "Choose what kind"),
        ("kind", "cult", "Choose what kind"),
        ("description", "", "Say what young people can do"),
        ("description", "x" * 301, "300 characters or fewer"),
        ("safeguarding_lead", "", "Type the name of your safeguarding lead."),
        ("name", "", "Type your name."),
        ("email", "jo", "like name@example.org"),
        ("email", "", "Type your e-mail address."),
        ("password", "short", "12 characters or more"),
    ],
)
def test_an_application_says_what_is_missing_and_keeps_the_rest(
    client, db, city, name, value, words
):
    page = client.post("/provide/join", data=APPLICATION | {name: value})

    assert page.status_code == 422
    assert words in page.text
    assert "Make pots" in page.text or name == "description"
    assert "three small words" not in page.text
    assert db.query(Provider).count() == 0


def test_with_two_cities_one_is_chosen(client, db, city):
    other = factories.city("Birch")
    db.commit()
    slug, number = other.slug, other.id

    assert "Choose your city" in client.post("/provide/join", data=APPLICATION).text
    client.post("/provide/join", data=APPLICATION | {"city": slug})
    assert db.query(Provider).one().city_id == number


def test_whoever_is_in_already_does_not_join_again(sign_in, db):
    member = factories.member(of=factories.provider())

    assert sign_in(member).get("/provide/join").location == "/provide"


class TestPublicPage:
    def test_says_who_they_are_and_when_they_were_checked(self, client, db):
        provider = factories.provider(name="Pot House", description="Make pots.")
        db.commit()

        page = client.get(f"/p/{provider.slug}")

        assert page.status_code == 200
        for words in ("Pot House", "Youth group", "Make pots.", "1 June 2026", "data-next"):
            assert words in page.text
        assert "31 May 2027" not in page.text, "it holds until noon, and so is the last day"
        assert "1 June 2027" in page.text

    def test_links_to_the_register_and_to_the_body(self, client, db):
        body = factories.provider(name="Clubs United")
        provider = factories.provider(
            in_city=body.city,
            registered_with=Register.COMPANY,
            registration_number="01234567",
            umbrella_id=body.id,
        )
        db.commit()

        page = client.get(f"/p/{provider.slug}").text

        assert "company-information.service.gov.uk/company/01234567" in page
        assert f'href="/p/{body.slug}"' in page

    def test_a_body_that_is_not_checked_is_not_named(self, client, db):
        body = factories.provider(name="Clubs United", status=ProviderStatus.SUSPENDED)
        provider = factories.provider(in_city=body.city, umbrella_id=body.id)
        db.commit()

        assert "Clubs United" not in client.get(f"/p/{provider.slug}").text

    def test_is_gone_when_something_has_run_out(self, client, db):
        provider = factories.provider()
        provider.assured_until = NOW
        db.commit()

        assert client.get(f"/p/{provider.slug}").status_code == 404

    @pytest.mark.parametrize("status", [ProviderStatus.APPLIED, ProviderStatus.SUSPENDED])
    def test_is_not_there_before_the_check_or_while_paused(self, client, db, status):
        provider = factories.provider(status=status)
        db.commit()

        assert client.get(f"/p/{provider.slug}").status_code == 404
        assert client.get("/p/no-such").status_code == 404

    def test_its_own_people_see_it_before_the_check(self, sign_in, db):
        provider = factories.provider(status=ProviderStatus.APPLIED)
        slug = provider.slug

        page = sign_in(factories.member(of=provider)).get(f"/p/{slug}")

        assert page.status_code == 200
        assert "Only you can see this page" in page.text


def test_no_one_is_named_on_a_public_page(client, db):
    provider = factories.provider(safeguarding_lead="Sam Hill")
    member = factories.member(of=provider)
    email = member.email
    first, second = factories.officer(of=provider.city), factories.officer(of=provider.city)
    factories.passport(
        provider, accepted_by=first, seconded_by=second, person="Ana Lead", seen_by="Bo Seer"
    )
    db.commit()

    page = client.get(f"/p/{provider.slug}").text

    for said in ("Sam Hill", "Ana Lead", "Bo Seer", "folder", "Enhanced"):
        assert said not in page
    assert email not in page
    assert db.query(User).filter_by(email=email).count() == 1
