"""Commands for whoever runs the service."""

import json

import pytest
from sqlalchemy.exc import IntegrityError

from accounts.models import Role, User
from accounts.service import use_sign_in_link
from geo.service import add_region
from tests import factories
from tests.factories import NOW


@pytest.fixture
def run(app, client, db):
    db.commit()
    runner = app.test_cli_runner()
    return lambda *arguments: runner.invoke(args=["accounts", *arguments])


def test_an_officer_is_made_for_a_city(run, db):
    city = factories.city()
    db.commit()
    slug, number = city.slug, city.id

    done = run(
        *("create-user", "--role", "authority_officer", "--name", "Jo"),
        *("--email", "Jo@Example.org", "--city", slug, "--json"),
    )

    assert (done.exit_code, json.loads(done.stdout)["email"]) == (0, "jo@example.org")
    user = db.query(User).one()
    assert (user.role, user.city_id, user.password_hash) == (Role.AUTHORITY_OFFICER, number, None)


def test_an_officer_is_made_for_a_region_instead_of_a_city(run, db):
    cities = [factories.city(), factories.city()]
    region = add_region(db, slug="north", name="North", name_cy="Gogledd", cities=cities)
    db.commit()
    who = ("--role", "authority_officer", "--name", "Jo", "--email", "jo@example.org")

    done = run("create-user", *who, "--region", "north")
    both = run("create-user", *who, "--region", "north", "--city", cities[0].slug)

    assert done.exit_code == 0, done.output
    user = db.query(User).one()
    assert (user.city_id, user.region_id) == (None, region.id)
    assert (both.exit_code, "one of them" in both.output) == (2, True)


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"role": Role.AUTHORITY_OFFICER, "both": True}, "city_or_region"),
        ({"role": Role.GUARDIAN, "both": False}, "region_has_officers_alone"),
    ],
)
def test_the_database_lets_an_officer_alone_work_for_a_region_and_for_no_city_beside(
    db, given, rule
):
    cities = [factories.city(), factories.city()]
    region = add_region(db, slug="north", name="North", name_cy="Gogledd", cities=cities)
    city_id = cities[0].id if given["both"] else None

    with pytest.raises(IntegrityError, match=rule), db.begin_nested():
        factories.adult(given["role"], city_id=city_id, region_id=region.id)


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--role", "guardian", "--name", "X", "--email", "jo@example.org"], 1, "an account"),
        (["--role", "city_admin", "--name", "X", "--email", "x@y.z", "--city", "no"], 1, "no city"),
        (["--role", "city_admin", "--name", "X", "--email", "x@y.z"], 2, "--city"),
        (
            ["--role", "city_admin", "--name", "X", "--email", "x@y.z", "--region", "no"],
            1,
            "no reg",
        ),
        (
            ["--role", "guardian", "--name", "X", "--email", "x@y.z", "--region", "no"],
            2,
            "officers",
        ),
        (["--role", "learner", "--name", "X", "--email", "x@y.z"], 2, "--role"),
        (["--role", "guardian"], 2, "--name"),
    ],
)
def test_a_user_is_not_made_like_this(run, db, arguments, status, words):
    factories.adult(Role.SUPPORTER, email="jo@example.org")
    db.commit()

    done = run("create-user", *arguments)

    assert done.exit_code == status
    assert words in done.output
    assert db.query(User).count() == 1


@pytest.mark.parametrize("written", ["jo@example.org", "JO@example.org"])
def test_a_sign_in_address_is_made_for_an_adult(run, db, written):
    number = factories.adult(Role.SUPPORTER, email="jo@example.org").id
    db.commit()

    done = run("sign-in-link", written)

    assert done.exit_code == 0
    assert done.stdout.startswith("http://localhost/sign-in/link/")
    token = done.stdout.strip().rsplit("/", 1)[1]
    assert use_sign_in_link(db, token=token, now=NOW).id == number


def test_a_sign_in_address_is_made_for_a_learner(run, db):
    factories.learner(pass_code="7K4M92QXCDFG")
    db.commit()

    done = run("sign-in-link", "7k4m-92qx-cdfg", "--json", "--hours", "1")

    assert done.exit_code == 0
    facts = json.loads(done.stdout)
    assert (facts["role"], facts["email"]) == ("learner", None)
    assert facts["sign_in"].startswith("http://localhost/sign-in/link/")


def test_nobody_gets_a_sign_in_address_for_nobody(run):
    done = run("sign-in-link", "no@example.org")

    assert done.exit_code == 1
    assert "Nobody can sign in as no@example.org." in done.output
