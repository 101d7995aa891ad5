"""The commands about badges."""

import json

import pytest

from app import clock
from badges.openbadges import as_bytes
from badges.service import award
from tests import factories
from tests.factories import NOW
from tests.signing import sign_what_waits


@pytest.fixture
def run(app, db):
    return app.test_cli_runner().invoke


@pytest.fixture
def file(app, db, tmp_path):
    """A badge of ours, as its learner downloaded it."""
    badge = award(
        db,
        achievement=factories.achievement(),
        recipient=factories.learner(),
        evidence="Came to Pottery.",
        activity_started_at=NOW,
        activity_ended_at=NOW,
        now=NOW,
    )
    db.commit()
    sign_what_waits(app, now=clock.now())
    document = db.merge(badge).signed_document
    file = tmp_path / "badge.json"
    file.write_bytes(as_bytes(document))
    return file


def test_a_real_badge_passes_with_exit_status_0(run, file):
    said = run(args=["badges", "verify", str(file), "--json"])

    assert (said.exit_code, json.loads(said.output)["outcome"]) == (0, "passed")


def test_a_changed_badge_is_said_in_words_with_exit_status_1(run, file):
    file.write_bytes(file.read_bytes().replace(b"Clay Hand", b"Clay Head"))

    said = run(args=["badges", "verify", str(file)])

    assert said.exit_code == 1
    assert "The signature: Not good." in said.output


def test_a_badge_is_drawn_the_same_each_time(run, tmp_path):
    drawn = [run(args=["badges", "draw", "clay-hand", "--strand", "create"]).output for _ in "12"]

    assert drawn[0] == drawn[1]
    assert drawn[0].startswith("<svg")


def test_a_wrong_strand_is_wrong_usage(run):
    assert run(args=["badges", "draw", "x", "--strand", "maths"]).exit_code == 2
