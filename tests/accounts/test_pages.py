"""The pages of having an account: each once happy, once for each answer it can give."""

import re
from datetime import timedelta
from typing import NamedTuple

import pytest

from accounts import service
from accounts.models import AgeBand, Role, SignInAttempt, User
from accounts.passwords import hash_secret
from app import clock
from tests import factories
from tests.factories import NOW

PASSWORD = "three small words"


class Someone(NamedTuple):
    """What a test needs to know of an account once the request's session has let go of its row."""

    id: int
    session_key: str
    email: str | None = None
    pass_code: str | None = None
    pin: str | None = None

    def get_id(self):
        return self.session_key


@pytest.fixture
def learner(db):
    user, pin = service.start_learner(
        db, name="Seren", age_band=AgeBand.FROM_13_TO_15, home=factories.area()
    )
    db.commit()
    return Someone(user.id, user.session_key, pass_code=user.pass_code, pin=pin)


@pytest.fixture
def adult(db):
    user = factories.adult(
        Role.GUARDIAN, email="jo@example.org", password_hash=hash_secret(PASSWORD)
    )
    db.commit()
    return Someone(user.id, user.session_key, email=user.email)


def _by_pass(client, pass_code, pin, **more):
    return client.post("/sign-in", data={"way": "pass", "pass_code": pass_code, "pin": pin} | more)


def _by_email(client, email, password, **more):
    return client.post(
        "/sign-in", data={"way": "adult", "email": email, "password": password} | more
    )


def _without_tokens(page):
    return re.sub(r'name="csrf_token" value="[^"]*"', "", page.text)


def _session(client):
    with client.session_transaction() as session:
        return dict(session)


class TestSigningIn:
    def test_by_pass_and_pin(self, client, learner):
        answer = _by_pass(
            client, learner.pass_code.lower(), f" {learner.pin[:3]} {learner.pin[3:]}"
        )

        assert (answer.status_code, answer.location) == (303, "/me")
        assert client.get("/account").status_code == 200

    def test_by_email_and_password(self, client, adult):
        answer = _by_email(client, "Jo@Example.org", PASSWORD)

        assert (answer.status_code, answer.location) == (303, "/family")

    @pytest.mark.parametrize(
        ("role", "home"),
        [
            (Role.PROVIDER_STAFF, "/provide"),
            (Role.PROVIDER_ADMIN, "/provide"),
            (Role.AUTHORITY_OFFICER, "/reach"),
            (Role.CITY_ADMIN, "/reach"),
            (Role.SUPPORTER, "/support"),
            (Role.PLATFORM_ADMIN, "/account"),
        ],
    )
    def test_everyone_goes_home(self, client, db, role, home):
        user = factories.adult(role, password_hash=hash_secret(PASSWORD))
        db.commit()

        assert _by_email(client, user.email, PASSWORD).location == home

    def test_both_ways_stand_on_the_page(self, client):
        page = client.get("/sign-in")

        assert page.status_code == 200
        assert page.text.count("<form") >= 2
        assert page.text.count('class="btn go"') == 2

    def test_wrong_and_unknown_look_the_same(self, client, learner, adult):
        wrong = "000000" if learner.pin != "000000" else "111111"
        passes = [_by_pass(client, code, wrong) for code in (learner.pass_code, "7K4M92QXCDFG")]
        emails = [_by_email(client, at, "wrong") for at in ("jo@example.org", "no@example.org")]

        assert {page.status_code for page in (*passes, *emails)} == {422}
        shown = [_without_tokens(page) for page in passes]
        assert shown[0].replace(learner.pass_code, "") == shown[1].replace("7K4M92QXCDFG", "")
        shown = [_without_tokens(page) for page in emails]
        assert shown[0].replace("jo@example.org", "") == shown[1].replace("no@example.org", "")
        assert "did not match" in shown[0]

    def test_what_was_typed_is_kept_but_never_a_secret(self, client):
        page = _by_email(client, "jo@example.org", "a wrong password")

        assert 'value="jo@example.org"' in page.text
        assert "a wrong password" not in page.text

    @pytest.mark.parametrize("way", ["pass", "adult", "", "nonsense"])
    def test_an_empty_form_says_what_is_missing(self, client, way):
        page = client.post("/sign-in", data={"way": way})

        assert page.status_code == 422
        assert "There is a problem" in page.text

    @pytest.mark.parametrize("typed", ["\x00", "x" * 300, "jo\x00@example.org", "é@é", "💥"])
    def test_nothing_typed_breaks_the_page(self, client, db, typed):
        assert _by_email(client, typed, typed).status_code == 422
        assert _by_pass(client, typed, typed).status_code == 422

    def test_the_eleventh_try_waits(self, client, adult):
        answers = [_by_email(client, adult.email, "wrong").status_code for _ in range(11)]

        assert answers == [422] * 10 + [429]
        assert "Wait five minutes" in _by_email(client, adult.email, PASSWORD).text

    def test_unknown_accounts_are_counted_like_known_ones(self, client, db):
        answers = [_by_email(client, "no@example.org", "wrong").status_code for _ in range(11)]

        assert answers == [422] * 10 + [429]

    def test_one_device_has_thirty_tries(self, client, db):
        answers = [_by_email(client, f"{n}@example.org", "wrong").status_code for n in range(31)]

        assert answers == [422] * 30 + [429]

    def test_getting_it_right_clears_the_count(self, client, db, adult):
        for _ in range(5):
            _by_email(client, adult.email, "wrong")
        _by_email(client, adult.email, PASSWORD)

        assert [row.attempts for row in db.query(SignInAttempt)] == [5]

    def test_no_address_is_kept_with_the_count(self, client, db, adult):
        _by_email(client, adult.email, "wrong")

        kept = " ".join(row.key for row in db.query(SignInAttempt))
        assert "127.0.0.1" not in kept
        assert adult.email not in kept

    @pytest.mark.parametrize(
        ("given", "goes_to"),
        [
            ("/a/pottery/book?session=7", "/a/pottery/book?session=7"),
            ("//evil.example", "/family"),
            ("https://evil.example", "/family"),
            ("/\\evil.example", "/family"),
            ("/\t/evil.example", "/family"),
        ],
    )
    def test_next_stays_on_this_site(self, client, adult, given, goes_to):
        assert _by_email(client, adult.email, PASSWORD, next=given).location == goes_to

    def test_a_page_that_needs_sign_in_is_where_one_comes_back_to(self, client, adult):
        sent = client.get("/cy/account", follow_redirects=False)
        page = client.get(sent.location)

        assert sent.status_code == 303
        assert 'name="next" value="/cy/account"' in page.text

    def test_whoever_is_in_need_not_sign_in(self, sign_in, adult):
        assert sign_in(adult).get("/sign-in").location == "/family"


class TestSession:
    def test_nothing_from_before_stays(self, client, adult):
        with client.session_transaction() as session:
            session["planted"] = "by a stranger"

        _by_email(client, adult.email, PASSWORD)

        assert "planted" not in _session(client)

    @pytest.mark.parametrize(("minutes", "status"), [(29, 200), (31, 303)])
    def test_an_adult_is_out_after_half_an_hour_alone(
        self, client, adult, monkeypatch, minutes, status
    ):
        _by_email(client, adult.email, PASSWORD)
        monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=minutes))

        assert client.get("/account").status_code == status

    def test_an_adult_who_is_there_stays(self, client, adult, monkeypatch):
        _by_email(client, adult.email, PASSWORD)
        for minutes in (20, 40, 60):
            monkeypatch.setattr(clock, "now", lambda at=minutes: NOW + timedelta(minutes=at))
            assert client.get("/account").status_code == 200

    @pytest.mark.parametrize(("hours", "status"), [(11, 200), (13, 303)])
    def test_a_learner_is_out_after_twelve_hours_alone(
        self, client, learner, monkeypatch, hours, status
    ):
        _by_pass(client, learner.pass_code, learner.pin)
        monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=hours))

        assert client.get("/account").status_code == status

    def test_cookies_of_adults_end_with_the_browser_and_those_of_learners_do_not(
        self, app, client, learner, adult
    ):
        of_adult = _by_email(client, adult.email, PASSWORD).headers["Set-Cookie"]
        of_learner = _by_pass(app.test_client(), learner.pass_code, learner.pin)

        assert "Expires" not in of_adult
        assert "HttpOnly" in of_adult
        assert "SameSite=Lax" in of_adult
        assert "Expires" in of_learner.headers["Set-Cookie"]

    def test_a_closed_account_is_out_on_the_next_request(self, client, db, adult):
        _by_email(client, adult.email, PASSWORD)
        db.get(User, adult.id).disabled_at = NOW
        db.commit()

        assert client.get("/account").status_code == 303

    def test_signing_out_everywhere_ends_every_session(self, app, client, adult):
        elsewhere = app.test_client()
        _by_email(elsewhere, adult.email, PASSWORD)
        _by_email(client, adult.email, PASSWORD)

        assert client.post("/account/sign-out-everywhere").status_code == 303
        assert client.get("/account").status_code == 303
        assert elsewhere.get("/account").status_code == 303

    def test_signing_out_leaves_nothing_in_the_browser(self, client, adult):
        _by_email(client, adult.email, PASSWORD)

        answer = client.post("/sign-out")

        assert (answer.status_code, answer.location) == (303, "/sign-in")
        assert "cache" in answer.headers["Clear-Site-Data"]
        assert "_user_id" not in _session(client)

    def test_signing_out_is_never_a_link(self, client):
        assert client.get("/sign-out").status_code == 405


class TestLink:
    @pytest.fixture
    def address(self, db, adult):
        token = service.sign_in_link(db, user=adult, now=NOW)
        db.commit()
        return f"/sign-in/link/{token}"

    def test_looking_at_it_does_not_use_it_up(self, client, address):
        for _ in range(3):
            page = client.get(address)
            assert page.status_code == 200
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"

        assert client.post(address).location == "/family"
        assert client.get("/account").status_code == 200

    def test_it_works_once(self, app, client, address):
        client.post(address)
        stranger = app.test_client()

        assert stranger.get(address).status_code == 404
        assert stranger.post(address).status_code == 404
        assert "Ask for a new one" in stranger.get(address).text

    def test_it_gets_too_old(self, client, address, monkeypatch):
        monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=25))

        assert client.post(address).status_code == 404


class TestStart:
    def _walk(self, client, **where):
        assert client.post("/start", data={"name": " Seren "}).location == "/start/age"
        assert client.post("/start/age", data={"age_band": "13-15"}).location == "/start/area"
        return where

    def test_three_steps_and_a_pass(self, client, db):
        home = factories.area(ward_code="E05000001", ward_name="Adamsdown")
        db.commit()
        self._walk(client)

        page = client.post("/start/area", data={"where": "adamsdown"})

        learner = db.query(User).one()
        assert page.status_code == 200
        assert (learner.name, learner.age_band) == ("Seren", AgeBand.FROM_13_TO_15)
        assert learner.home_lsoa_code == home.lsoa_code
        pin = re.search(r'<dd class="code">(\d{6})</dd>', page.text)[1]
        assert service.recognise_learner(db, pass_code=learner.pass_code, pin=pin) == learner
        assert "<svg" in page.text
        assert "data-next" in page.text
        again = client.get("/me/pass")
        assert pin not in again.text
        assert "<svg" in again.text

    def test_from_the_list(self, client, db):
        city = factories.city()
        home = factories.area(in_city=city)
        other = factories.area(name="Elsewhere 1A")
        db.commit()
        self._walk(client)

        page = client.get("/start/area/list")
        assert home.name in page.text
        assert other.name not in page.text

        client.post("/start/area/list", data={"area": home.lsoa_code})
        assert db.query(User).one().home_lsoa_code == home.lsoa_code

    def test_with_two_cities_the_list_asks_which(self, client, db):
        first, second = factories.city("Alder"), factories.city("Birch")
        home = factories.area(in_city=second)
        db.commit()
        self._walk(client)

        page = client.get("/start/area/list")
        assert f"city={first.slug}" in page.text
        assert home.name not in page.text
        assert home.name in client.get(f"/start/area/list?city={second.slug}").text

    def test_what_was_answered_is_kept_on_the_way_back(self, client, db):
        self._walk(client)

        assert 'value="Seren"' in client.get("/start").text
        assert re.search(r'value="13-15"\s+checked', client.get("/start/age").text)

    def test_nothing_typed_about_a_home_is_kept(self, client, db):
        factories.area(ward_code="E05000001", ward_name="Adamsdown")
        db.commit()
        self._walk(client)

        refused = client.post("/start/area", data={"where": "CF99 9ZZ"})
        assert refused.status_code == 422
        assert "We could not find that" in refused.text
        assert "CF99" not in str(_session(client))

        client.post("/start/area", data={"where": "Adamsdown"})
        assert "dams" not in str(_session(client))

    def test_a_step_cannot_be_jumped(self, client, db):
        assert client.get("/start/age").location == "/start"
        assert client.get("/start/area").location == "/start/age"
        assert client.get("/start/area/list").location == "/start/age"
        assert client.post("/start/area", data={"where": "CF24"}).location == "/start/age"
        assert db.query(User).count() == 0

    @pytest.mark.parametrize(
        ("path", "data", "words"),
        [
            ("/start", {"name": " "}, "Type the name you use."),
            ("/start", {"name": "x" * 61}, "60 characters or fewer"),
            ("/start", {"name": "a\x07b"}, "letters and spaces"),
            ("/start/age", {}, "Choose how old you are."),
            ("/start/age", {"age_band": "5-9"}, "Choose how old you are."),
            ("/start/area", {}, "Type where you live"),
            ("/start/area", {"where": "\x00"}, "Type where you live"),
            ("/start/area/list", {"area": "E01999999"}, "Choose the area where you live."),
            ("/start/area/list", {"area": "\x00"}, "Choose the area where you live."),
        ],
    )
    def test_each_step_says_what_is_missing(self, client, db, path, data, words):
        self._walk(client)

        page = client.post(path, data=data)

        assert page.status_code == 422
        assert words in page.text
        assert "There is a problem" in page.text

    def test_starting_from_a_booking_leads_back_to_it(self, client, db):
        factories.area(ward_code="E05000001", ward_name="Adamsdown")
        db.commit()
        client.get("/start?next=/a/pottery/book?session=7")
        self._walk(client)

        page = client.post("/start/area", data={"where": "Adamsdown"})

        assert 'href="/a/pottery/book?session=7"' in page.text

    def test_whoever_has_an_account_needs_no_other(self, sign_in, adult):
        assert sign_in(adult).get("/start").location == "/family"


class TestOwnAccount:
    def test_a_new_pin_is_shown_once_and_ends_other_sign_ins(self, app, client, db, learner):
        elsewhere = app.test_client()
        for browser in (elsewhere, client):
            _by_pass(browser, learner.pass_code, learner.pin)

        page = client.post("/me/pass/pin")

        pin = re.search(r'<dd class="code">(\d{6})</dd>', page.text)[1]
        assert pin not in client.get("/me/pass").text
        assert elsewhere.get("/me/pass").status_code == 303
        assert service.recognise_learner(db, pass_code=learner.pass_code, pin=pin)

    def test_a_pass_is_for_learners(self, sign_in, adult):
        assert sign_in(adult).get("/me/pass").status_code == 403

    @pytest.mark.parametrize("role", [*Role])
    def test_everyone_reads_what_they_are_in_words(self, sign_in, role):
        user = factories.learner() if role is Role.LEARNER else factories.adult(role)

        page = sign_in(user).get("/account")

        assert page.status_code == 200
        assert user.name in page.text
        assert role.value not in page.text.split("<main")[1]
        assert "data-next" in page.text

    def test_a_password_is_changed_and_others_are_signed_out(self, app, client, db, adult):
        elsewhere = app.test_client()
        for browser in (elsewhere, client):
            _by_email(browser, adult.email, PASSWORD)

        answer = client.post(
            "/account/password",
            data={"current_password": PASSWORD, "new_password": "four even smaller words"},
        )

        assert answer.location == "/account?changed=password"
        assert "is changed" in client.get(answer.location).text
        assert elsewhere.get("/account").status_code == 303

    @pytest.mark.parametrize(
        ("current", "new", "words"),
        [
            ("not it", "four even smaller words", "not your password now"),
            ("", "four even smaller words", "not your password now"),
            (PASSWORD, "short", "12 characters or more"),
            (PASSWORD, "", "Choose a password"),
            (PASSWORD, PASSWORD, "a password that is new"),
            (PASSWORD, "x" * 300, "256 characters or fewer"),
        ],
    )
    def test_a_password_is_not_changed_like_this(self, sign_in, adult, current, new, words):
        page = sign_in(adult).post(
            "/account/password", data={"current_password": current, "new_password": new}
        )

        assert page.status_code == 422
        assert words in page.text

    def test_whoever_came_by_link_chooses_a_first_password(self, sign_in, db):
        user = factories.adult(Role.SUPPORTER)
        client = sign_in(user)
        email, number = user.email, user.id

        client.post("/account/password", data={"new_password": "four even smaller words"})

        found = service.recognise_adult(db, email=email, password="four even smaller words")
        assert found.id == number

    def test_a_signed_in_browser_is_no_place_to_guess(self, sign_in, adult):
        client = sign_in(adult)
        data = {"current_password": "not it", "new_password": "four even smaller words"}

        answers = [client.post("/account/password", data=data).status_code for _ in range(11)]

        assert answers == [422] * 10 + [429]


def test_an_adult_chooses_the_language_that_we_write_in(sign_in, db):
    adult = factories.adult(Role.PROVIDER_ADMIN)
    adult_id, browser = adult.id, sign_in(adult)

    answer = browser.post("/account/language", data={"language": "cy"}, follow_redirects=True)
    refused = browser.post("/account/language", data={"language": "fr"})

    assert "We will write to you in this language: Cymraeg." in answer.text
    assert (refused.status_code, db.get(User, adult_id).language) == (409, "cy")
