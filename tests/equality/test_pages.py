"""The page of the four questions: each may be left, and nobody but the learner finds an answer anywhere."""

import logging

import pytest
from sqlalchemy import select, text

from accounts.models import AgeBand, Role
from app.db import Base, unit_of_work
from equality import service
from equality.answers import Answers, Ethnicity
from equality.models import EqualityAnswer
from equality.opening import opened
from equality.queries import own_answers
from portable import telling
from tests import factories
from tests.conftest import settings_for
from tests.factories import NOW
from tests.supporters.people import guardian, helped

_ROWS = select(EqualityAnswer.learner_id, EqualityAnswer.sealed)
PAGE = "/me/about-me"
#: As the page says what is kept; the choices of the form stand there for everyone.
MIXED_KEPT = "<dd>Mixed, or more than one</dd>"


@pytest.fixture
def secret(app):
    return app.extensions["settings"].equality_secret


@pytest.fixture
def without_secret(app, monkeypatch):
    """A site that does not ask."""
    settings = app.extensions["settings"]
    monkeypatch.setitem(vars(settings), "equality_secret", "")


def kept(db, learner, secret) -> Answers:
    db.expire_all()
    return own_answers(db, learner, secret=secret)


def test_nothing_is_ticked_for_whoever_told_nothing(client, sign_in):
    sign_in(factories.learner())

    page = client.get(PAGE).text

    assert "Four questions you need not answer" in page
    assert "We keep no answer of yours." in page
    assert page.count('type="radio"') == 3 + 6 + 3 + 3
    assert " checked" not in page
    assert page.count("I would rather not say") == 4 + 1


def test_a_learner_tells_changes_and_takes_all_away(db, client, sign_in, secret):
    learner, noise = factories.learner(), factories.learner()
    service.tell(db, learner=noise, answers=Answers(care=True), secret=secret)
    sign_in(learner)

    answer = client.post(PAGE, data={"ethnicity": "mixed", "care": "no", "send": "rather_not"})

    assert (answer.status_code, answer.location) == (303, PAGE)
    assert kept(db, learner, secret) == Answers(ethnicity=Ethnicity.MIXED, care=False)
    page = client.get(PAGE).text
    assert MIXED_KEPT in page
    assert "In care now, or before</dt><dd>No</dd>" in page
    assert "Free school meals now</dt>" not in page
    assert page.count(" checked") == 2
    client.post(PAGE, data={"free_meals": "yes"})
    assert kept(db, learner, secret) == Answers(free_meals=True)
    client.post(f"{PAGE}/delete")
    client.post(f"{PAGE}/delete")
    assert "We keep no answer of yours." in client.get(PAGE).text
    assert db.scalars(select(EqualityAnswer.learner_id)).all() == [noise.id]


def test_what_is_none_of_the_choices_is_refused_and_keeps_what_was_there(
    db, client, sign_in, secret
):
    learner = factories.learner()
    service.tell(db, learner=learner, answers=Answers(care=True), secret=secret)
    sign_in(learner)

    refused = client.post(PAGE, data={"ethnicity": "martian", "care": "no"})

    assert refused.status_code == 422
    assert "Choose one of these, or leave it." in refused.text
    assert kept(db, learner, secret) == Answers(care=True)


@pytest.mark.parametrize("age_band", [AgeBand.FROM_11_TO_12, AgeBand.FROM_25])
def test_who_is_under_13_or_over_24_is_not_asked(db, client, sign_in, age_band):
    sign_in(factories.learner(age_band=age_band))

    page = client.get(PAGE).text
    assert "They are for people from 13 to 24." in page
    assert 'type="radio"' not in page
    assert client.post(PAGE, data={"care": "no"}).status_code == 403
    assert PAGE not in client.get("/me/privacy").text
    assert db.scalars(select(EqualityAnswer.learner_id)).all() == []


def test_without_a_secret_nothing_is_asked_and_what_was_told_can_go(
    db, client, sign_in, without_secret
):
    learner = factories.learner()
    service.tell(db, learner=learner, answers=Answers(care=True), secret="what it was before")
    sign_in(learner)

    page = client.get(PAGE).text
    assert "They are not asked here." in page
    assert 'type="radio"' not in page
    assert "cannot be opened just now" in page
    assert client.post(PAGE, data={"care": "no"}).status_code == 409
    assert PAGE not in client.get("/me/privacy").text
    client.post(f"{PAGE}/delete")
    assert db.scalars(select(EqualityAnswer.learner_id)).all() == []


def test_what_does_not_open_shows_nothing_and_can_be_told_anew(db, client, sign_in, secret):
    learner = factories.learner()
    service.tell(db, learner=learner, answers=Answers(care=True), secret="another secret of these")
    sign_in(learner)

    page = client.get(PAGE).text
    assert "cannot be opened just now" in page
    assert " checked" not in page
    client.post(PAGE, data={"care": "no"})
    assert kept(db, learner, secret) == Answers(care=False)


def test_it_is_asked_nowhere_but_behind_my_data(client, sign_in):
    sign_in(factories.learner())

    assert PAGE in client.get("/me/privacy").text
    for path in ("/me", "/me/next", "/me/goals", "/me/notices", "/me/bookings", "/start", "/"):
        assert PAGE not in client.get(path).text, path


def test_nobody_but_a_learner_comes_in(client, sign_in):
    assert "/sign-in" in client.get(PAGE).location
    for role in set(Role) - {Role.LEARNER}:
        sign_in(factories.adult(role, city_id=None))
        assert client.get(PAGE).status_code == 403, role
        assert client.post(PAGE, data={"care": "no"}).status_code == 403, role
        assert client.post(f"{PAGE}/delete").status_code == 403, role


def test_it_is_never_kept_by_a_browser(client, sign_in):
    sign_in(factories.learner())

    assert "no-store" in client.get(PAGE).headers["Cache-Control"]


def test_no_answer_stands_in_a_log_a_notice_a_job_or_any_other_table(
    db, client, sign_in, secret, caplog
):
    """Words that only an answer brings: the other tables and the log are searched for them."""
    learner = factories.learner()
    helped(db, learner, guardian(), now=NOW)
    sign_in(learner)
    before = _everything_but_answers(db)

    with caplog.at_level(logging.DEBUG):
        client.post(PAGE, data={"ethnicity": "mixed", "care": "no", "send": "yes"})
        client.get(PAGE)
        client.post(f"{PAGE}/delete")

    assert "mixed" not in caplog.text.lower()
    assert "ethnicity" not in caplog.text.lower()
    # What is told leaves no other trace: not a notice, not a job, not a row that says when.
    assert _everything_but_answers(db) == before


def _everything_but_answers(db) -> dict[str, str | None]:
    tables = {*Base.metadata.tables} - {"equality_answer"}
    jobs = {"procrastinate_jobs", "procrastinate_events"}
    return {
        name: db.scalar(
            text(f"SELECT md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM {name} t")
        )
        for name in sorted(tables | jobs)
    }


def test_a_command_locks_all_anew_and_counts_nobody(app, db, secret):
    learner = factories.learner()
    service.tell(db, learner=learner, answers=Answers(care=True), secret="what it was before")
    db.commit()

    said = app.test_cli_runner().invoke(
        args=["equality", "reseal"], env={"OLD_EQUALITY_SECRET": "what it was before"}
    )

    assert said.output == "All answers are locked with the new secret.\n"
    assert kept(db, learner, secret) == Answers(care=True)


def test_a_command_with_the_wrong_old_secret_changes_nothing(app, db, secret):
    learner = factories.learner()
    service.tell(db, learner=learner, answers=Answers(care=True), secret="what it was before")
    db.commit()
    before = db.execute(_ROWS).all()

    said = app.test_cli_runner().invoke(
        args=["equality", "reseal"], env={"OLD_EQUALITY_SECRET": "something else altogether"}
    )

    assert said.exit_code == 1
    assert "does not open" in said.output
    assert db.execute(_ROWS).all() == before


def test_a_command_says_when_answers_were_opened(app, db, secret):
    with unit_of_work():
        opened(db, [], release="aberwennol 2025-26", secret=secret, now=NOW)

    said = app.test_cli_runner().invoke(args=["equality", "openings"])

    assert said.output == f"{NOW:%Y-%m-%d %H:%M} aberwennol 2025-26\n"


def test_what_is_saved_tells_it_and_waits_for_no_secret_that_was_lost(db, secret):
    silent, learner = factories.learner(), factories.learner()
    service.tell(db, learner=learner, answers=Answers(care=True), secret=secret)
    nothing = {"send": None, "ethnicity": None, "free_meals": None}

    def saved(who, secret):
        return telling.kept(db, who, equality_secret=secret)["tables"]["equality_answer"]

    assert saved(learner, secret) == [{**nothing, "care": True}]
    assert saved(learner, "another secret of these") == saved(learner, "") == [{"locked": True}]
    assert saved(silent, secret) == []


def test_the_tests_have_a_secret_of_its_own(app, database_url):
    settings = settings_for(database_url)
    secrets = [settings[f"{name}_SECRET"] for name in ("EQUALITY", "KEYS", "CONCERNS")]
    assert len(set(secrets)) == 3
