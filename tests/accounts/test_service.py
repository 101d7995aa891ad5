"""The rules of having an account."""

from datetime import timedelta

import pytest

from accounts import passwords, service
from accounts.models import AgeBand, Role, SignInLink
from accounts.queries import link_works
from app.errors import Conflict, NotFound
from tests import factories
from tests.factories import NOW

PASSWORD = "three small words"


@pytest.fixture
def adult(db):
    return service.register_adult(
        db, role=Role.GUARDIAN, name="Jo", email="Jo@Example.org", password=PASSWORD
    )


def test_a_learner_starts_with_a_name_an_age_band_and_an_area(db):
    home = factories.area()

    learner, pin = service.start_learner(
        db, name="Seren", age_band=AgeBand.FROM_11_TO_12, home=home
    )

    assert (learner.role, learner.name, learner.email) == (Role.LEARNER, "Seren", None)
    assert learner.home_lsoa_code == home.lsoa_code
    assert pin not in learner.pin_hash
    assert service.recognise_learner(db, pass_code=learner.pass_code, pin=pin) == learner


def test_a_learner_is_not_recognised_with_another_pin(db):
    learner, pin = service.start_learner(
        db, name="Seren", age_band=AgeBand.FROM_11_TO_12, home=factories.area()
    )
    other = "000000" if pin != "000000" else "111111"

    with pytest.raises(service.NotRecognised):
        service.recognise_learner(db, pass_code=learner.pass_code, pin=other)


def test_an_adult_is_recognised_by_an_address_in_any_case(db, adult):
    found = service.recognise_adult(db, email=" jO@example.ORG", password=PASSWORD)

    assert found == adult


def test_a_known_address_gets_no_second_account(db, adult):
    with pytest.raises(Conflict):
        service.register_adult(db, role=Role.SUPPORTER, name="X", email="jo@example.org")

    assert adult.name == "Jo"


def test_a_closed_account_is_not_recognised(db, adult):
    adult.disabled_at = NOW

    with pytest.raises(service.NotRecognised):
        service.recognise_adult(db, email=adult.email, password=PASSWORD)


@pytest.mark.parametrize("kept", [PASSWORD, None], ids=["another password", "no password"])
def test_an_adult_is_refused_in_one_sentence_whatever_was_wrong(db, kept):
    factories.adult(
        Role.GUARDIAN,
        email="kept@example.org",
        password_hash=kept and passwords.hash_secret(kept),
    )
    reasons = set()
    for email in ("kept@example.org", "nobody@example.org"):
        with pytest.raises(service.NotRecognised) as refusal:
            service.recognise_adult(db, email=email, password="not the password")
        reasons.add(str(refusal.value))

    assert len(reasons) == 1


@pytest.mark.parametrize("email", ["jo@example.org", "nobody@example.org"])
def test_known_and_unknown_accounts_cost_one_look_at_a_hash(db, adult, email, monkeypatch):
    looks = []

    class Counting:
        def verify(self, kept, typed):
            looks.append(kept)
            return real.verify(kept, typed)

    real = passwords.HASHER
    monkeypatch.setattr(passwords, "HASHER", Counting())
    with pytest.raises(service.NotRecognised):
        service.recognise_adult(db, email=email, password="not the password")

    [kept] = looks
    # The same parameters, so the same work.
    assert kept.rsplit("$", 2)[0] == adult.password_hash.rsplit("$", 2)[0]


def test_a_sign_in_link_works_once(db, adult):
    token = service.sign_in_link(db, user=adult, now=NOW)

    assert link_works(db, token, now=NOW)
    assert service.use_sign_in_link(db, token=token, now=NOW) == adult
    assert not link_works(db, token, now=NOW)
    with pytest.raises(NotFound, match="has been used"):
        service.use_sign_in_link(db, token=token, now=NOW)


@pytest.mark.parametrize(
    ("hours", "token"), [(25, None), (0, "nonsense"), (0, "")], ids=["old", "unknown", "empty"]
)
def test_a_sign_in_link_that_is_old_or_unknown_is_refused(db, adult, hours, token):
    made = service.sign_in_link(db, user=adult, now=NOW)

    with pytest.raises(NotFound, match="has been used"):
        service.use_sign_in_link(
            db, token=made if token is None else token, now=NOW + timedelta(hours=hours)
        )
    assert link_works(db, made, now=NOW)


def test_a_sign_in_link_opens_no_closed_account(db, adult):
    token = service.sign_in_link(db, user=adult, now=NOW)
    adult.disabled_at = NOW

    assert not link_works(db, token, now=NOW)
    with pytest.raises(NotFound):
        service.use_sign_in_link(db, token=token, now=NOW)


def test_a_stolen_table_of_links_opens_no_door(db, adult):
    token = service.sign_in_link(db, user=adult, now=NOW)

    assert token not in {link.token_hash for link in db.query(SignInLink)}


def test_a_new_password_needs_the_old_one_and_ends_other_sign_ins(db, adult):
    before = adult.session_key
    with pytest.raises(service.NotRecognised, match="not your password"):
        service.choose_password(db, user=adult, current="something else", new="x" * 12)
    assert adult.session_key == before

    service.choose_password(db, user=adult, current=PASSWORD, new="four even smaller words")

    assert adult.session_key != before
    service.recognise_adult(db, email=adult.email, password="four even smaller words")
    with pytest.raises(service.NotRecognised):
        service.recognise_adult(db, email=adult.email, password=PASSWORD)


def test_a_new_pin_takes_the_place_of_the_old_one(db):
    learner, old = service.start_learner(
        db, name="Seren", age_band=AgeBand.FROM_11_TO_12, home=factories.area()
    )
    before = learner.session_key

    new = service.renew_pin(db, learner=learner)

    assert learner.session_key != before
    assert service.recognise_learner(db, pass_code=learner.pass_code, pin=new) == learner
    if new != old:
        with pytest.raises(service.NotRecognised):
            service.recognise_learner(db, pass_code=learner.pass_code, pin=old)
