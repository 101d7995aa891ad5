"""Leave to use the API: what is asked of a program, what of a learner, and what is refused."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

from accounts import attempts
from accounts.models import AgeBand, Role, User
from tests import factories
from tests.badges import samples
from tests.factories import NOW
from tests.wallet.conftest import ALL_SCOPES, BACK, Program
from wallet.jobs import forget_old_leave
from wallet.models import (
    Connection,
    ConnectionCode,
    ConnectionToken,
    ImportedCredential,
)
from wallet.models import Program as Registered
from wallet.queries import live_connection, program_with
from wallet.scopes import Scope


@pytest.fixture
def asked(sign_in, learner, program):
    """A learner who is signed in, and a program that asks them."""
    sign_in(learner)
    return program


# --- Registering ---


def test_a_program_registers_and_its_secret_is_kept_nowhere(db, program):
    kept = db.scalar(select(Registered))

    assert kept.client_id == program.client_id
    assert program.secret not in {str(value) for value in vars(kept).values()}
    answer = program.register(scope="", client_name="", grant_types=["authorization_code"])
    assert answer.json["client_name"] == "program.example"
    assert answer.json["scope"] == ALL_SCOPES
    assert answer.json["token_endpoint_auth_method"] == "client_secret_basic"


@pytest.mark.parametrize(
    "address",
    [
        "http://program.example/back",
        "javascript:alert(1)",
        "program://back",
        "https://user@program.example/back",
        "https://program.example/back#part",
        "https://program.example;script-src/back",
        "https://program.example /back",
        "https://program.example:port/back",
        "https://pro\u0131gram.example/back",
        "http://localhost.program.example/back",
        "https://",
        "https://program.example/" + "a" * 500,
        "",
        None,
        7,
        {},
    ],
)
def test_nobody_is_led_back_to_what_is_not_plain_https(program, address):
    answer = program.register(redirect_uris=[BACK, address])

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_redirect_uri")


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8123/back", "http://[::1]:9/back", "http://localhost/back?a=b"]
)
def test_a_program_on_the_learners_own_machine_needs_no_certificate(program, address):
    assert program.register(redirect_uris=[address]).status_code == 201


@pytest.mark.parametrize(
    "given",
    [
        {"client_name": "Call me on 07700 900123"},
        {"client_name": "badges.example.com"},
        {"client_name": "a" * 61},
        {"client_name": "Badge\u202eShelf"},
        {"client_name": "Badge\nShelf"},
        {"client_name": "Badge\0Shelf"},
        {"client_name": ["Badge"]},
        {"scope": "everything"},
        {"scope": 7},
        {"token_endpoint_auth_method": "none"},
        {"token_endpoint_auth_method": "client_secret_post"},
        {"grant_types": ["implicit"]},
        {"grant_types": ["client_credentials"]},
        {"response_types": ["token"]},
    ],
)
def test_what_a_program_says_of_itself_is_looked_at(program, given):
    answer = program.register(**given)

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_client_metadata")


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"{", b'"text"'])
def test_what_is_no_object_registers_nothing(client, body):
    answer = client.post("/oauth/register", data=body, content_type="application/json")

    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


def test_a_machine_cannot_register_without_end(client, db, monkeypatch):
    monkeypatch.setattr(attempts, "REGISTRATIONS_PER_DEVICE", 2)
    program = Program(client)

    assert [program.register().status_code for _ in range(3)] == [201, 201, 429]
    assert db.scalar(select(func.count()).select_from(Registered)) == 2


# --- Being asked ---


def test_a_learner_is_told_who_asks_and_for_what_and_can_say_no_as_easily(asked):
    page = asked.client.get(
        "/oauth/authorize", query_string=asked.ask(scope=f"{Scope.READ_BADGES} offline_access")
    )

    assert page.status_code == 200
    assert "Badge Shelf" in page.text
    assert "program.example" in page.text
    assert "See all your badges" in page.text
    assert "while you are not here" in page.text
    assert "Add badges" not in page.text
    buttons = re.findall(r'<button class="([^"]+)" name="answer" value="(yes|no)"', page.text)
    assert {kind for kind, _ in buttons} == {"btn"}
    assert len(buttons) == 2
    assert "img" not in re.sub(r"img-src", "", page.text.partition("<main")[2])
    # A browser keeps a form to this, however many steps it leads on.
    policy = page.headers["Content-Security-Policy"]
    assert "form-action 'self' https://program.example;" in policy
    assert page.headers["Cache-Control"] == "no-store"


def test_no_means_no_and_the_program_hears_it(db, asked):
    for answer in ("no", "", "maybe"):
        told = asked.answered(answer)
        assert (told["error"], told["state"]) == ("access_denied", "x y&z")
        assert "code" not in told
    assert db.scalar(select(Connection)) is None


def test_who_is_not_signed_in_signs_in_first_and_comes_back(client, program):
    answer = client.get("/oauth/authorize", query_string=program.ask())

    assert answer.status_code == 303
    assert parse_qs(urlsplit(answer.location).query)["next"][0].startswith("/oauth/authorize?")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.LEARNER}))
def test_nobody_but_a_learner_can_say_yes(db, sign_in, program, role):
    sign_in(factories.adult(role))

    for method in ("GET", "POST"):
        answer = program.client.open(
            "/oauth/authorize", method=method, query_string=program.ask(), data={"answer": "yes"}
        )
        assert answer.status_code == 403
    assert db.scalar(select(Connection)) is None


def test_who_is_under_13_is_told_so_and_connects_nothing(db, sign_in, program):
    sign_in(factories.learner(age_band=AgeBand.FROM_11_TO_12))

    for method in ("GET", "POST"):
        page = program.client.open(
            "/oauth/authorize", method=method, query_string=program.ask(), data={"answer": "yes"}
        )
        assert page.status_code == 403
        assert "once you are 13" in page.text
        assert "error=access_denied" in page.text
    assert db.scalar(select(Connection)) is None
    assert "once you are 13" in program.client.get("/me/programs").text


def test_at_the_youngest_age_that_may_one_may(sign_in, program):
    sign_in(factories.learner(age_band=AgeBand.FROM_13_TO_15))

    assert "code" in program.answered()


@pytest.mark.parametrize(
    ("changed", "leads_back"),
    [
        ({"client_id": "nobody"}, False),
        ({"client_id": None}, False),
        ({"redirect_uri": "https://program.example/other"}, False),
        ({"redirect_uri": BACK + "/"}, False),
        ({"redirect_uri": "https://program.example:443/back"}, False),
        ({"redirect_uri": "HTTPS://program.example/back"}, False),
        ({"redirect_uri": 'https://program.example/"'}, False),
        ({"redirect_uri": None}, False),
        ({"response_type": "token"}, True),
        ({"response_type": None}, True),
        ({"response_type": "\u00e9"}, False),
        ({"state": None}, True),
        ({"state": ""}, True),
        ({"code_challenge": None}, True),
        ({"code_challenge": "short"}, True),
        ({"code_challenge_method": "plain"}, True),
        ({"code_challenge_method": None}, True),
        ({"code_challenge": None, "code_challenge_method": None}, True),
        ({"scope": None}, True),
        ({"scope": "everything"}, True),
        ({"scope": f"{Scope.READ_BADGES} everything"}, True),
    ],
)
def test_who_asks_wrongly_gets_nothing_and_leads_nobody_away(db, asked, changed, leads_back):
    for method in ("GET", "POST"):
        page = asked.client.open(
            "/oauth/authorize",
            method=method,
            query_string=asked.ask(**changed),
            data={"answer": "yes"},
        )

        assert page.status_code == 400
        assert "its mistake, not yours" in page.text
        # The page offers the way back only where the address is the program's own.
        assert ("program.example/back?error=" in page.text) == leads_back
    assert db.scalar(select(Connection)) is None


def test_what_is_said_twice_is_not_guessed_at(db, asked):
    asked_twice = [*asked.ask().items(), ("redirect_uri", "https://elsewhere.example/")]
    page = asked.client.get("/oauth/authorize", query_string=asked_twice)

    assert page.status_code == 400


def test_a_program_asks_for_no_more_than_it_registered_for(asked):
    asked.register(scope=Scope.READ_BADGES.value)
    page = asked.client.get("/oauth/authorize", query_string=asked.ask())

    assert page.status_code == 400


# --- Codes and tokens ---


def test_tokens_last_an_hour_and_are_kept_as_hashes(db, asked):
    code = asked.answered()["code"]
    answer = asked.exchange(code)

    assert answer.json["expires_in"] == 3600
    assert answer.json["token_type"] == "Bearer"
    assert answer.headers["Cache-Control"] == "no-store"
    secrets = {code, answer.json["access_token"], answer.json["refresh_token"], asked.secret}
    tables = (Registered, Connection, ConnectionCode, ConnectionToken)
    rows = " ".join(
        str(db.execute(text(f"SELECT row_to_json(t) FROM {table.__tablename__} t")).all())
        for table in tables
    )
    assert asked.client_id in rows
    assert not [secret for secret in secrets if secret in rows]


def test_who_is_not_to_come_back_gets_nothing_to_come_back_with(asked):
    assert "refresh_token" not in asked.tokens(scope=Scope.READ_BADGES.value)


def test_a_code_comes_once_and_a_second_time_ends_what_the_first_gave(asked):
    code = asked.answered()["code"]
    tokens = asked.exchange(code).json
    assert asked.call(tokens["access_token"]).status_code == 200

    again = asked.exchange(code)

    assert (again.status_code, again.json["error"]) == (400, "invalid_grant")
    assert asked.call(tokens["access_token"]).status_code == 401
    assert asked.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"


def test_a_code_that_comes_twice_ends_nothing_of_another_yes(asked):
    first = asked.tokens()
    code = asked.answered()["code"]
    asked.exchange(code)
    asked.exchange(code)

    assert asked.call(first["access_token"]).status_code == 200


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": "v" * 50}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"redirect_uri": "https://program.example/other"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"code": "no such code"}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "\u00e9"}, "invalid_request"),
        ({"grant_type": None}, "unsupported_grant_type"),
    ],
)
def test_a_code_is_good_only_for_who_asked_with_what_they_asked(db, asked, changed, error):
    answer = asked.exchange(**{"code": asked.answered()["code"]} | changed)

    assert (answer.status_code, answer.json["error"]) == (400, error)
    assert db.scalar(select(ConnectionToken)) is None


def test_a_code_lasts_ten_minutes(asked, at):
    code = asked.answered()["code"]
    at(NOW + timedelta(minutes=9, seconds=59))
    assert asked.exchange(code).status_code == 200

    at(NOW)
    code = asked.answered()["code"]
    at(NOW + timedelta(minutes=10))
    assert asked.exchange(code).json["error"] == "invalid_grant"


def test_another_programs_code_and_tokens_are_nothing(client, asked):
    tokens, code = asked.tokens(), asked.answered()["code"]
    thief = Program(client)
    thief.register(client_name="Thief")
    thief.verifier = asked.verifier

    assert thief.exchange(code).json["error"] == "invalid_grant"
    assert thief.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert thief.post("/oauth/revoke", token=tokens["access_token"]).status_code == 200
    # What was tried with them harmed nothing.
    assert asked.exchange(code).status_code == 200
    assert asked.call(tokens["access_token"]).status_code == 200


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_without_its_secret_a_program_is_nobody(asked, secret):
    tokens, code = asked.tokens(), asked.answered()["code"]
    asked.secret = secret

    for answer in (
        asked.exchange(code),
        asked.refresh(tokens["refresh_token"]),
        asked.post("/oauth/revoke", token=tokens["access_token"]),
    ):
        assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


def test_a_secret_in_the_body_is_not_looked_at(asked):
    sent = {"client_id": asked.client_id, "client_secret": asked.secret}
    answer = asked.client.post(
        "/oauth/token",
        data={
            "grant_type": "authorization_code",
            "code": asked.answered()["code"],
            "redirect_uri": BACK,
            "code_verifier": asked.verifier,
            **sent,
        },
    )

    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


def test_an_access_token_lasts_an_hour(asked, at):
    token = asked.tokens()["access_token"]
    at(NOW + timedelta(minutes=59, seconds=59))
    assert asked.call(token).status_code == 200
    at(NOW + timedelta(hours=1))

    refused = asked.call(token)

    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_refresh_token_is_good_once_and_a_second_time_ends_its_family(asked, at):
    first = asked.tokens()
    at(NOW + timedelta(hours=2))
    second = asked.refresh(first["refresh_token"]).json
    assert asked.call(second["access_token"]).status_code == 200

    stolen = asked.refresh(first["refresh_token"])

    assert stolen.json["error"] == "invalid_grant"
    assert asked.call(second["access_token"]).status_code == 401
    assert asked.refresh(second["refresh_token"]).json["error"] == "invalid_grant"


def test_a_refresh_token_lasts_ninety_days_from_when_it_was_last_used(asked, at):
    tokens = asked.tokens()
    for days in (89, 178):
        at(NOW + timedelta(days=days))
        tokens = asked.refresh(tokens["refresh_token"]).json
    at(NOW + timedelta(days=178 + 90))

    assert asked.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"


def test_refreshing_asks_for_no_more_than_was_given(asked):
    tokens = asked.tokens(scope=f"{Scope.READ_BADGES} offline_access")
    more = asked.refresh(tokens["refresh_token"], scope=ALL_SCOPES)
    assert more.json["error"] == "invalid_scope"

    less = asked.refresh(tokens["refresh_token"], scope=Scope.READ_BADGES.value).json

    assert less["scope"] == Scope.READ_BADGES
    assert "refresh_token" not in less


@pytest.mark.parametrize("half", ["access_token", "refresh_token"])
def test_a_program_can_give_back_what_it_has(asked, half):
    tokens = asked.tokens()

    assert asked.post("/oauth/revoke", token=tokens[half]).status_code == 200
    assert asked.call(tokens["access_token"]).status_code == 401
    assert asked.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    # To give back what is nothing is no mistake.
    assert asked.post("/oauth/revoke", token="nothing").status_code == 200
    assert asked.post("/oauth/revoke").json["error"] == "invalid_request"


# --- Stopping ---


def test_stopping_a_program_ends_all_at_once(db, asked, learner):
    tokens, code = asked.tokens(), asked.answered()["code"]
    page = asked.client.get("/me/programs").text
    assert "Badge Shelf" in page
    stop = re.search(r'action="(/me/programs/[^"]+/stop)"', page)[1]

    assert asked.client.post(stop).status_code == 303

    assert asked.call(tokens["access_token"]).status_code == 401
    assert asked.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert asked.exchange(code).json["error"] == "invalid_grant"
    assert "Badge Shelf" not in asked.client.get("/me/programs").text
    # A yes anew brings nothing of it back.
    assert asked.call(asked.tokens()["access_token"]).status_code == 200
    assert asked.call(tokens["access_token"]).status_code == 401


def test_nobody_stops_or_sees_what_somebody_else_let_in(db, sign_in, asked, learner):
    tokens = asked.tokens()
    theirs = db.scalar(select(Connection))
    sign_in(factories.learner())

    assert "Badge Shelf" not in asked.client.get("/me/programs").text
    nobodys = uuid4()
    pages = {
        uuid: asked.client.post(f"/me/programs/{uuid}/stop") for uuid in (theirs.uuid, nobodys)
    }
    assert {page.status_code for page in pages.values()} == {404}
    # What is another's looks like what is not there.
    assert len({page.text.replace(str(uuid), "") for uuid, page in pages.items()}) == 1
    assert asked.call(tokens["access_token"]).status_code == 200


def test_the_last_yes_is_the_one_that_counts(db, asked, learner):
    everything = asked.tokens()
    asked.tokens(scope=Scope.READ_PROFILE.value)

    assert asked.call(everything["access_token"]).status_code == 403
    assert asked.call(everything["access_token"], "profile").status_code == 200
    program = program_with(db, asked.client_id)
    assert live_connection(db, learner, program).scopes == [Scope.READ_PROFILE]
    assert db.scalar(select(func.count()).select_from(Connection)) == 1


def test_a_program_that_was_here_is_said_to_have_been(asked, at):
    token = asked.tokens()["access_token"]
    assert "Not yet" in asked.client.get("/me/programs").text
    at(NOW + timedelta(minutes=30))
    asked.call(token)

    assert "1:30pm" in asked.client.get("/me/programs").text


def test_a_closed_account_lets_nobody_in(db, asked, learner):
    tokens, code = asked.tokens(), asked.answered()["code"]
    db.query(User).filter_by(id=learner.id).update({"disabled_at": NOW})
    db.commit()

    assert asked.call(tokens["access_token"]).status_code == 401
    assert asked.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert asked.exchange(code).json["error"] == "invalid_grant"


def test_who_is_erased_leaves_nothing_of_it_behind(db, sign_in, asked, learner, shelf):
    other = asked.tokens()
    sign_in(gone := factories.learner())
    token = asked.tokens()["access_token"]
    assert asked.add(token, samples.signed()).status_code == 201
    db.query(User).filter_by(id=gone.id).delete()
    db.commit()

    assert asked.call(token).status_code == 401
    assert db.scalar(select(func.count()).select_from(ImportedCredential)) == 0
    left = {table: db.scalars(select(table)).all() for table in (ConnectionCode, ConnectionToken)}
    assert [len(rows) for rows in left.values()] == [1, 1]
    assert asked.call(other["access_token"]).status_code == 200


def test_what_can_do_nothing_any_more_is_forgotten(db, client, asked, at):
    unused = Program(client)
    unused.register(client_name="Never let in")
    tokens = asked.tokens()
    at(NOW + timedelta(days=31))
    fresh = Program(client)
    fresh.register(client_name="Just registered")

    forget_old_leave()

    names = set(db.scalars(select(Registered.name)))
    assert names == {"Badge Shelf", "Just registered"}
    assert db.scalar(select(ConnectionCode)) is None
    assert asked.refresh(tokens["refresh_token"]).status_code == 200
    at(NOW + timedelta(days=31 + 91))
    forget_old_leave()
    assert db.scalar(select(ConnectionToken)) is None
