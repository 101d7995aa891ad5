"""Fetching a learner's badges from another host: what is asked, what is kept, and what is refused."""

import json
import re
from base64 import b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from html import unescape

import pytest
from sqlalchemy import func, select, text, update

from accounts import attempts
from accounts.models import AgeBand, Role, User
from app.fetcher import Declined, Unreachable
from badges import openbadges
from tests import factories
from tests.badges import samples
from tests.factories import NOW
from tests.wallet import other as elsewhere
from tests.wallet.other import (
    ACCESS,
    AUTHORIZE,
    CODE,
    DISCOVERY,
    FIRST,
    HOST,
    REGISTER,
    REVOKE,
    SECRET,
    SERVER,
    TOKEN,
    Other,
    ToOther,
    description,
    query,
)
from wallet import jobs, service
from wallet.hosts import HOST_FETCHER
from wallet.jobs import check_fetched, forget_old_leave, read_from_host
from wallet.models import (
    LARGEST_BYTES,
    BadgeFetch,
    BadgeHost,
    FetchedBadge,
    ImportedCredential,
)
from wallet.scopes import Scope

BACK = "/me/badges/import/back"
RUDE = "Ring 07700 900123"


@pytest.fixture
def other(app, monkeypatch):
    other = Other()
    fetcher = ToOther(other=other, resolve=elsewhere.of_names)
    monkeypatch.setitem(app.extensions, "badge_host_fetcher", fetcher)
    return other


@pytest.fixture
def me(sign_in, learner, shelf, other):
    return sign_in(learner)


def begin(client, typed=HOST):
    return client.post("/me/badges/import/from", data={"host": typed})


def leave(client, typed=HOST):
    """Begin, and return where the page would have the learner go, and the page's own address."""
    begun = begin(client, typed)
    assert begun.status_code == 303, begun.text
    page = client.get(begun.location)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    there = unescape(re.search(r'<a class="btn go" href="([^"]+)"', page.text)[1])
    return there, begun.location


def come_back(client, there, **told):
    return client.get(BACK, query_string={"state": query(there)["state"], "code": CODE} | told)


def work(app, db):
    """Do what a worker would."""
    with app.app_context():
        fetch_id = db.scalar(select(func.max(BadgeFetch.id)))
        read_from_host(fetch_id)
        for _time in range(3):
            check_fetched(fetch_id)


@pytest.fixture
def fetched(app, db, me):
    """Go all the way; return the page at its end."""

    def fetched(**told):
        there, address = leave(me)
        assert come_back(me, there, **told).status_code == 303
        work(app, db)
        return me.get(address).text

    return fetched


def count(db, model):
    return db.scalar(select(func.count()).select_from(model))


# --- The way there and back ---


def test_a_learner_leaves_says_yes_and_finds_their_badges_here(app, db, me, other):
    there, address = leave(me)
    page = me.get(address).text
    assert "badges.example" in page
    assert "<b>sign-in.elsewhere.example</b>" in page
    asked = query(there)
    assert there.startswith(AUTHORIZE)
    assert asked["tenant"] == "7"
    assert asked["redirect_uri"] == f"http://localhost{BACK}"
    assert asked["scope"] == Scope.READ_BADGES
    assert (asked["response_type"], asked["client_id"]) == ("code", "us")
    assert asked["code_challenge_method"] == "S256"

    back = come_back(me, there)
    assert (back.status_code, back.location) == (303, address)
    assert back.headers["Referrer-Policy"] == "no-referrer"
    assert "We are reading your badges there" in me.get(address).text

    work(app, db)
    page = me.get(address).text
    assert "We looked at 1 badge." in page
    assert "My first pot" in page
    assert "We gave back what let us in." in page
    badge = db.scalar(select(ImportedCredential))
    assert (badge.came_by, badge.host) == ("host", "badges.example")
    assert json.loads(badge.original) == samples.signed()
    assert (
        "You fetched it from badges.example on" in me.get(f"/me/badges/elsewhere/{badge.uuid}").text
    )

    register, token, read, revoke = other.asked[1:]
    said = json.loads(register.content)
    assert (said["client_name"], said["scope"]) == ("Tirnod", Scope.READ_BADGES)
    assert said["redirect_uris"] == [asked["redirect_uri"]]
    us = b64decode(token.authorization.removeprefix("Basic ")).decode()
    assert us == f"us:{SECRET}"
    assert token.form["code"] == CODE
    assert token.form["redirect_uri"] == asked["redirect_uri"]
    verifier = token.form["code_verifier"]
    assert len(verifier) >= 43
    hashed = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert hashed == asked["code_challenge"]
    assert (read.address, read.authorization) == (FIRST, f"Bearer {ACCESS}")
    assert (revoke.form["token"], revoke.authorization) == (ACCESS, token.authorization)


def test_no_secret_stands_in_the_database_at_any_time(app, db, me, other):
    other.answers[TOKEN]["refresh_token"] = "the-refresh-token"
    there, _address = leave(me)
    sent, us = query(there), (SECRET, CODE, ACCESS, "the-refresh-token")

    def in_database():
        tables = ("badge_host", "badge_fetch", "fetched_badge", "imported_credential")
        rows = [row for each in tables for row in db.scalars(text(f"SELECT t::text FROM {each} t"))]
        rows += db.scalars(text("SELECT args::text FROM procrastinate_jobs"))
        return " ".join(rows)

    for step in (lambda: None, lambda: come_back(me, there), lambda: work(app, db)):
        step()
        kept = in_database()
        verifier = [each.form["code_verifier"] for each in other.asked if each.address == TOKEN]
        for secret in (*us, sent["state"], *verifier):
            assert secret not in kept
            assert secret.encode().hex() not in kept
    gone = [each.form["token"] for each in other.asked if each.address == REVOKE]
    assert gone == ["the-refresh-token", ACCESS]


@pytest.mark.parametrize(
    "typed", ["badges.example", f"{HOST}/", f" {SERVER} ", DISCOVERY, f"{HOST}?a=b#c"]
)
def test_a_place_is_found_by_its_address_or_by_that_of_its_description(me, other, typed):
    assert begin(me, typed).status_code == 303
    assert other.addresses()[0] == DISCOVERY


def test_a_host_takes_us_on_once(app, db, me, other, fetched):
    fetched()
    leave(me)

    assert other.addresses().count(REGISTER) == 1
    assert count(db, BadgeHost) == 1


def test_of_two_who_register_at_once_the_first_counts(db, me, other, monkeypatch):
    leave(me)
    monkeypatch.setattr("wallet.fetching.usable_host", lambda *_given, **_more: None)
    other.answers[REGISTER]["client_id"] = "second"

    there, _address = leave(me)

    assert query(there)["client_id"] == "us"
    assert count(db, BadgeHost) == 1


@pytest.mark.parametrize("why", ["expires", "moved", "unproven", "unknown", "other secret"])
def test_a_host_that_does_not_know_us_any_more_takes_us_on_anew(
    app, db, me, other, fetched, at, why, monkeypatch
):
    if why == "unproven":
        leave(me)
        db.execute(update(BadgeHost).values(registered_at=NOW - timedelta(days=2)))
    elif why == "expires":
        expires = int((NOW + timedelta(hours=1)).timestamp())
        other.answers[REGISTER]["client_secret_expires_at"] = expires
        fetched()
        at(NOW + timedelta(minutes=40))
    elif why == "moved":
        fetched()
        other.answers[DISCOVERY] = description(tokenUrl=f"{HOST}/token-2")
    elif why == "unknown":
        other.answers[TOKEN] = Declined("No.", 401)
        assert "It did not let us in" in fetched()
    else:
        there, _address = leave(me)
        come_back(me, there)
        db.execute(update(BadgeHost).values(client_id="another row's"))
        work(app, db)
    other.answers[REGISTER]["client_id"] = "us again"

    there, _address = leave(me)

    assert query(there)["client_id"] == "us again"


def test_coming_back_counts_once_and_only_in_the_session_that_left(db, me, app, learner):
    there, _address = leave(me)
    assert come_back(me, there, state="x" * 24).status_code == 409
    assert come_back(me, there, state="é").status_code == 409
    assert me.get(BACK, query_string={"code": CODE}).status_code == 409
    stranger = app.test_client()
    with stranger.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = learner.get_id(), True
    assert come_back(stranger, there).status_code == 409
    assert db.scalar(select(BadgeFetch.stage)) == "away"

    assert come_back(me, there).status_code == 303
    assert come_back(me, there).status_code == 409


def test_a_session_that_is_played_back_does_not_come_back_twice(db, me):
    there, address = leave(me)
    with me.session_transaction() as cookie:
        kept = dict(cookie)
    come_back(me, there)
    with me.session_transaction() as cookie:
        cookie.update(kept)

    assert come_back(me, there, code="another").status_code == 409
    assert db.scalar(select(func.count()).select_from(text("procrastinate_jobs"))) == 1
    assert "We are reading" in me.get(address).text


def test_nobody_comes_back_from_where_somebody_else_left(db, sign_in, me):
    there, address = leave(me)
    with me.session_transaction() as cookie:
        left = cookie["badge_fetch"]
    client = sign_in(factories.learner(name="Other"))
    with client.session_transaction() as cookie:
        cookie["badge_fetch"] = left

    assert come_back(client, there).status_code == 409
    assert client.get(address).status_code == 404


def test_who_leaves_again_comes_back_from_the_last_one(db, me):
    first, _address = leave(me)
    second, _address = leave(me)

    assert come_back(me, first).status_code == 409
    assert come_back(me, second).status_code == 303
    assert "fetching badges for you already" in begin(me).text


def test_who_stays_away_too_long_begins_again(db, me, at):
    there, _address = leave(me)
    at(NOW + timedelta(minutes=31))

    assert come_back(me, there).status_code == 409
    leave(me)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"error": "access_denied", "code": ""}, "You said no there"),
        ({"error": "server_error", "code": "", "error_description": RUDE}, "It did not let us in"),
        ({"code": ""}, "It did not let us in"),
        ({"code": CODE, "error": "access_denied"}, "You said no there"),
    ],
)
def test_a_no_is_a_no_and_nothing_is_asked_for(fetched, other, told, words):
    page = fetched(**told)

    assert words in page
    assert "07700" not in page
    assert TOKEN not in other.addresses()


# --- Who may ---


def test_who_is_under_13_is_told_so_and_nothing_is_asked(sign_in, other, db):
    client = sign_in(factories.learner(age_band=AgeBand.FROM_11_TO_12))

    assert "once you are 13" in client.get("/me/badges/import").text
    assert begin(client).status_code == 422
    assert other.asked == []


def test_who_closes_their_account_meanwhile_has_nothing_read(app, db, me, other):
    there, _address = leave(me)
    come_back(me, there)
    db.execute(update(User).values(disabled_at=NOW))
    work(app, db)

    assert TOKEN not in other.addresses()
    assert db.scalar(select(BadgeFetch.ended_why)) == "broken_off"


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.LEARNER}))
def test_these_are_pages_of_learners(db, sign_in, other, role):
    client = sign_in(factories.adult(role))

    assert begin(client).status_code == 403
    assert client.get(BACK).status_code == 403
    assert other.asked == []


def test_a_machine_cannot_use_us_to_knock_without_end(me, other, monkeypatch):
    monkeypatch.setattr(attempts, "FETCHES_PER_DEVICE", 1)
    begin(me)
    before = len(other.asked)

    assert begin(me).status_code == 422
    assert len(other.asked) == before


# --- What a host says of itself ---


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"<html>",
        b"[]",
        b"7",
        b"[" * 100_000,
        b'{"a": NaN}',
        b" " * 300_000,
        {},
        {"servers": [], "components": {}},
        description() | {"servers": []},
        description() | {"servers": "x"},
        description() | {"components": {"securitySchemes": {}}},
        description() | {"components": {"securitySchemes": {"a": {"type": "http"}}}},
        description(tokenUrl=None),
        description(tokenUrl=["x"]),
        description(registration=""),
        # What is the learner's goes to no other host, and to nobody in the clear.
        description(tokenUrl="https://victim.example/token"),
        description(tokenUrl="https://otherbadges.example/token"),
        description(tokenUrl="https://badges.example.evil.example/token"),
        description(tokenUrl="http://badges.example/token"),
        description(tokenUrl="https://badges.example:8443/token"),
        description(tokenUrl="https://victim.example@badges.example/token"),
        description(tokenUrl="https://badges.example\\@victim.example/token"),
        description(tokenUrl="/token"),
        description(tokenUrl="https://example/token"),
        description(registration="https://victim.example/register"),
        description(revocation="https://victim.example/revoke"),
        description(server="https://victim.example/ims/ob/v3p0"),
        description(server="http://badges.example/ims/ob/v3p0"),
        description(server="https://inside.badges.example/ims/ob/v3p0"),
        # Where the learner goes may be elsewhere, and is https on the public internet all the same.
        description(authorizationUrl="http://badges.example/authorize"),
        description(authorizationUrl="javascript:alert(1)"),
        description(authorizationUrl="https://inside.example/authorize"),
        description(authorizationUrl='https://badges.example/"onclick="x'),
    ],
)
def test_a_host_that_describes_itself_badly_is_not_gone_to(db, me, other, said):
    other.answers[DISCOVERY] = said

    refused = begin(me)

    assert refused.status_code == 422
    assert 'id="host-reason"' in refused.text
    assert "07700" not in refused.text
    assert other.addresses() == [DISCOVERY]
    assert count(db, BadgeFetch) == 0


def test_names_below_the_hosts_own_are_its_own(me, other):
    api = "https://api.badges.example"
    other.answers[DISCOVERY] = description(tokenUrl=f"{api}/token", registration=f"{api}/register")
    other.answers[f"{api}/register"] = other.answers[REGISTER]

    assert begin(me).status_code == 303


@pytest.mark.parametrize(
    "typed",
    ["", "http://badges.example", "https://inside.example", "https://127.0.0.1", "localhost"],
)
def test_what_is_no_address_that_we_ask_is_not_asked(me, other, typed):
    assert begin(me, typed).status_code == 422
    assert other.asked == []


def test_hosts_are_asked_by_https_at_public_addresses_and_lead_nowhere():
    allowed = HOST_FETCHER.schemes, HOST_FETCHER.ports, HOST_FETCHER.let_in
    assert allowed == ({"https"}, {443}, set())
    assert HOST_FETCHER.most_hops == 1
    # What is asked while a learner waits: twice.
    assert 2 * HOST_FETCHER.most_seconds < 10


def test_we_do_not_fetch_from_ourselves(app, me, other, monkeypatch):
    settings = replace(app.extensions["settings"], public_url=HOST)
    monkeypatch.setitem(app.extensions, "settings", settings)

    assert "That is this place." in begin(me).text
    assert REGISTER not in other.addresses()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Declined(RUDE, 400), "does not let us ask"),
        (Declined(RUDE, 403), "does not let us ask"),
        (Unreachable("That host gave no answer that we could read."), "gave no answer"),
        ({"error": "invalid_redirect_uri", "error_description": RUDE}, "do not understand"),
        ({"client_id": "us"}, "do not understand"),
        ({"client_id": "", "client_secret": "x"}, "do not understand"),
        ({"client_id": "u\ns", "client_secret": "x"}, "do not understand"),
        ({"client_id": "us", "client_secret": "x" * 501}, "do not understand"),
        ({"client_id": {}, "client_secret": []}, "do not understand"),
        (
            {"client_id": "us", "client_secret": "x", "client_secret_expires_at": 10**30},
            "do not understand",
        ),
        (
            {
                "client_id": "us",
                "client_secret": "x",
                "token_endpoint_auth_method": "client_secret_post",
            },
            "do not understand",
        ),
    ],
)
def test_where_we_are_not_taken_on_it_is_said(db, me, other, said, words):
    other.answers[REGISTER] = said

    refused = begin(me)

    assert (refused.status_code, words in refused.text) == (422, True)
    assert "07700" not in refused.text
    assert count(db, BadgeHost) == count(db, BadgeFetch) == 0


# --- What it gives us ---


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Declined(RUDE, 400), "It did not let us in"),
        (Declined(RUDE, 500), "It did not let us in"),
        (Unreachable(RUDE), "It gave no answer"),
        ({"error": "invalid_grant", "error_description": RUDE}, "do not understand"),
        ({"access_token": ACCESS, "token_type": "mac"}, "do not understand"),
        ({"access_token": ACCESS}, "do not understand"),
        ({"access_token": "a\r\nb", "token_type": "bearer"}, "do not understand"),
        ({"access_token": ["a"], "token_type": "bearer"}, "do not understand"),
        (b'{"access_token": "a", "token_type": "bearer", "expires_in": 1e999}', "understand"),
        (
            {"access_token": "a", "token_type": "bearer", "expires_in": {"a": 1}},
            "do not understand",
        ),
        (b"[]", "do not understand"),
        (b"{" * 10_000, "do not understand"),
        (b"", "do not understand"),
    ],
)
def test_where_we_are_not_let_in_nothing_is_read(db, fetched, other, said, words):
    other.answers[TOKEN] = said

    page = fetched()

    assert words in page
    assert "07700" not in page
    assert FIRST not in other.addresses()
    assert db.scalar(select(BadgeFetch.sealed_code)) is None


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Declined(RUDE, 403), "It did not let us in"),
        (Unreachable(RUDE), "It gave no answer"),
        (b"[]", "do not understand"),
        (b"[" * 100_000, "do not understand"),
        ({"credential": 7}, "do not understand"),
        ({"credential": [], "compactJwsString": {}}, "do not understand"),
        (b" " * (6 * 1024 * 1024 + 1), "It gave no answer"),
        ({"credential": []}, "You have no badges there."),
        ({}, "You have no badges there."),
        ({"credential": None}, "You have no badges there."),
    ],
)
def test_what_let_us_in_is_given_back_whatever_came_of_it(app, fetched, other, said, words):
    app.extensions["badge_host_fetcher"] = replace(
        app.extensions["badge_host_fetcher"], most_bytes=6 * 1024 * 1024
    )
    other.answers[FIRST] = said

    page = fetched()

    assert words in page
    assert "07700" not in page
    assert other.addresses()[-1] == REVOKE


@pytest.mark.parametrize("said", [Declined(RUDE, 503), Unreachable(RUDE), None])
def test_where_it_cannot_be_given_back_it_is_said_to_be_thrown_away(fetched, other, said):
    if said is None:
        other.answers[DISCOVERY] = description(revocation=None)
    other.answers[REVOKE] = said

    assert "We threw away what let us in." in fetched()


def many(number):
    return [
        samples.signed(id=f"https://tirnod.example/credentials/{each}") for each in range(number)
    ]


def links(address):
    return f'<{FIRST}>; rel="first", <{address}>; rel="next"; title="a, b", <{FIRST}>; rel=last'


def test_page_after_page_is_read_in_order(db, fetched, other):
    first, second, third = many(3)
    two, three = f"{SERVER}/credentials?offset=1", f"{SERVER}/credentials?offset=2"
    other.answers[FIRST] = {"credential": [first]}, links("/ims/ob/v3p0/credentials?offset=1")
    other.answers[two] = {"credential": [second]}, f"<{three}>;rel=next"
    other.answers[three] = {"credential": [third]}, f'<{two}>; rel="prev"'

    page = fetched()

    assert "We looked at 3 badges." in page
    assert "there may be more" not in page
    assert {each.authorization for each in other.asked if "credentials" in each.address} == {
        f"Bearer {ACCESS}"
    }
    ids = db.scalars(select(ImportedCredential.credential_id).order_by(ImportedCredential.id)).all()
    assert ids == [each["id"] for each in (first, second, third)]


@pytest.mark.parametrize(
    "leads_to",
    [
        FIRST,
        "https://victim.example/ims/ob/v3p0/credentials",
        "https://api.badges.example/credentials",
        "http://badges.example/ims/ob/v3p0/credentials?offset=1",
        "https://badges.example:8443/credentials",
        "https://user@badges.example/credentials",
        "https://[/",
        "//victim.example/",
        f"{SERVER}/credentials?gone",
    ],
)
def test_a_next_page_that_is_elsewhere_or_seen_before_is_not_asked(fetched, other, leads_to):
    other.answers[FIRST] = other.answers[FIRST], links(leads_to)

    page = fetched()

    assert "We looked at 1 badge." in page
    assert "there may be more" in page
    tokened = {each.address for each in other.asked if each.authorization.startswith("Bearer")}
    assert tokened <= {FIRST, f"{SERVER}/credentials?gone"}


def test_pages_without_end_come_to_one(fetched, other):
    class Endless(dict):
        def get(self, address, otherwise=None):
            if "/credentials?" in address:
                return {"credential": []}, f"<{address}1>; rel=next"
            return super().get(address, otherwise)

    other.answers = Endless(other.answers)

    assert "there may be more" in fetched()
    assert sum("/credentials?" in each for each in other.addresses()) == 40


def test_a_slow_host_is_read_until_its_time_is_over(fetched, other, monkeypatch):
    moments = iter([0.0, 1.0, 19.0])
    monkeypatch.setattr(
        "wallet.hosts._Patient.is_over", property(lambda _self: next(moments) > 18.0)
    )
    one, two = many(2)
    other.answers[FIRST] = {"credential": [one]}, f"<{SERVER}/credentials?2>; rel=next"
    other.answers[f"{SERVER}/credentials?2"] = (
        {"credential": [two]},
        f"<{SERVER}/credentials?3>; rel=next",
    )

    page = fetched()

    assert "We looked at 2 badges." in page
    assert "there may be more" in page


def test_no_more_than_two_hundred_are_taken(db, fetched, other):
    other.answers[FIRST] = {"compactJwsString": ["x"] * 201}

    page = fetched()

    assert "there may be more" in page
    assert count(db, FetchedBadge) == 200


# --- What becomes of each ---


def test_each_badge_is_said_to_be_kept_or_why_it_is_not(db, fetched, other, learner, give):
    good, newer = samples.signed(), samples.signed(valid_from=NOW - timedelta(hours=1))
    forged = json.loads(json.dumps(many(1)[0]).replace("My first pot", "My third pot"))
    large = {**good, "description": "x" * LARGEST_BYTES}
    given = [good, good, newer, good, forged, large, {"a": "\ud800"}, 7, None, "x"]
    other.answers[FIRST] = {"credential": given}

    page = fetched()

    badges = db.scalars(select(FetchedBadge).order_by(FetchedBadge.position)).all()
    became = [each.kept or each.why_not for each in badges]
    assert became[:6] == ["new", "same", "replaced", "not_newer", "check_failed", "too_large"]
    assert became[6] == "unreadable"
    assert all(each in ("check_failed", "unreadable") for each in became[7:])
    assert [bool(each.imported_id) for each in badges[:5]] == [True] * 4 + [False]
    assert badges[4].findings
    assert all(each.original is None for each in badges)
    for words in ("Kept", "You had it already", "Newer than the one you had", "is not newer"):
        assert words in page
    assert "A check failed:" in page
    assert "Badge 5" in page
    assert count(db, ImportedCredential) == 1


def test_a_badge_of_ours_that_comes_back_is_not_brought(app, db, fetched, other, monkeypatch):
    settings = replace(app.extensions["settings"], public_url=samples.BASE)
    monkeypatch.setitem(app.extensions, "settings", settings)

    page = fetched()

    assert count(db, ImportedCredential) == 0
    assert "Not kept" in page


def test_one_beyond_what_a_learner_may_keep_is_refused(db, fetched, other, monkeypatch):
    monkeypatch.setattr(service, "MOST_IMPORTED", 1)
    other.answers[FIRST] = {"credential": many(2)}

    fetched()

    assert db.scalars(select(FetchedBadge.why_not).order_by(FetchedBadge.position)).all() == [
        None,
        "too_many",
    ]
    assert count(db, ImportedCredential) == 1


def test_a_badge_of_somebody_else_is_held_to_the_same_checks_and_no_others(db, fetched, other):
    """As with a file: whose it is, a badge says in a random number that we cannot know."""
    other.answers[FIRST] = {
        "credential": [samples.signed(subject_id="urn:uuid:99999999-5d6b-4a53-8a3e-1d2f3a4b5c6d")]
    }

    assert "Not kept" not in fetched()
    assert db.scalar(select(ImportedCredential.outcome)) == "passed"


def test_what_could_not_be_checked_is_kept_and_says_so(fetched, shelf):
    shelf.pages.clear()

    page = fetched()

    assert 'data-outcome="could_not_check"' in page
    assert "We could not check everything." in page


def test_a_strangers_words_are_shown_as_words_or_not_at_all(fetched, other):
    named = replace(samples.ACHIEVEMENT, name="<b>Ring 07700 900123</b>")
    other.answers[FIRST] = {"credential": [samples.signed(achievement=named)]}

    page = fetched()

    assert "07700" not in page
    assert "A badge from elsewhere" in page


# --- When a worker dies, and after ---


def test_reading_that_broke_off_ends_and_can_begin_again(app, db, me, other):
    class Died(Exception):
        pass

    there, address = leave(me)
    come_back(me, there)
    other.answers[TOKEN] = Died()
    fetch_id = db.scalar(select(BadgeFetch.id))
    with app.app_context():
        with pytest.raises(Died):
            read_from_host(fetch_id)
        read_from_host(fetch_id)

    assert "It broke off on our side." in me.get(address).text
    leave(me)


def test_looking_at_badges_goes_on_where_it_was_and_does_nothing_twice(
    app, db, me, other, monkeypatch
):
    other.answers[FIRST] = {"credential": many(2)}
    there, address = leave(me)
    come_back(me, there)
    fetch_id = db.scalar(select(BadgeFetch.id))
    with app.app_context():
        read_from_host(fetch_id)
        assert "We have looked at 0 of 2 badges." in me.get(address).text
        monkeypatch.setattr(jobs, "MOST_SECONDS_AT_A_TIME", 0)
        before = db.scalar(text("SELECT count(*) FROM procrastinate_jobs"))
        check_fetched(fetch_id)
        assert db.scalar(text("SELECT count(*) FROM procrastinate_jobs")) == before + 1
        assert jobs._look_at_next(fetch_id)
        assert "We have looked at 1 of 2 badges." in me.get(address).text
        monkeypatch.setattr(jobs, "MOST_SECONDS_AT_A_TIME", 60)
        check_fetched(fetch_id)
        check_fetched(fetch_id)
        read_from_host(fetch_id)

    assert "We looked at 2 badges." in me.get(address).text
    assert count(db, ImportedCredential) == 2


def test_nothing_of_the_database_is_held_while_a_host_is_asked(db, fetched, other):
    held = []
    other.notice = lambda: held.append(db().in_transaction())

    fetched()

    assert held == [False] * 5


def test_what_is_stuck_does_not_keep_a_learner_from_beginning_again(db, me, at):
    there, address = leave(me)
    come_back(me, there)
    at(NOW + timedelta(hours=2))

    leave(me)

    assert "It broke off on our side." in me.get(address).text


def test_what_came_of_it_is_forgotten_after_a_week_and_the_badges_stay(app, db, fetched, at):
    fetched()
    at(NOW + timedelta(days=8))
    db.execute(update(BadgeHost).values(ended_at=NOW))
    with app.app_context():
        forget_old_leave()

    assert count(db, BadgeFetch) == count(db, FetchedBadge) == count(db, BadgeHost) == 0
    assert count(db, ImportedCredential) == 1


def test_who_is_erased_leaves_nothing_of_it_behind(db, fetched, learner):
    fetched()
    db.delete(db.get(User, learner.id))
    db.commit()

    assert count(db, BadgeFetch) == count(db, FetchedBadge) == count(db, ImportedCredential) == 0
    assert count(db, BadgeHost) == 1


def test_the_database_holds_what_the_rules_say(db, me, other, learner, app):
    other.answers[FIRST] = {"credential": many(1)}
    there, _address = leave(me)
    come_back(me, there)
    fetch_id = db.scalar(select(BadgeFetch.id))
    with app.app_context():
        read_from_host(fetch_id)
    again = (
        "INSERT INTO badge_fetch (uuid, learner_id, host_id, stage, started_at, is_cut,"
        " is_given_back) SELECT gen_random_uuid(), learner_id, host_id, 'away', started_at, false,"
        " false FROM badge_fetch"
    )
    for statement, constraint in (
        (again, "uq_badge_fetch_live"),
        ("UPDATE badge_fetch SET stage = 'ended'", "ck_badge_fetch_ended_for_a_reason"),
        ("UPDATE badge_fetch SET sealed_code = 'x'", "ck_badge_fetch_code_until_it_is_used"),
        ("UPDATE fetched_badge SET kept = 'new'", "ck_fetched_badge_waits_or_is_settled"),
        (
            f"UPDATE fetched_badge SET original = repeat('a', {LARGEST_BYTES + 1})::bytea",
            "ck_fetched_badge_small",
        ),
    ):
        with pytest.raises(Exception, match=constraint), db.begin_nested():
            db.execute(text(statement))


def test_a_badge_that_was_brought_as_a_file_is_not_said_to_be_fetched(db, me):
    me.post("/me/badges/import", data={"text": openbadges.as_bytes(samples.signed()).decode()})
    assert db.scalar(select(ImportedCredential.host)) is None
    for changed in ("came_by = 'host'", "host = 'badges.example'"):
        with (
            pytest.raises(Exception, match="ck_imported_credential_from_a_named_host"),
            db.begin_nested(),
        ):
            db.execute(text(f"UPDATE imported_credential SET {changed}"))
