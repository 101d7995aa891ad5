"""`flask reach release` and `flask reach report`."""

import json

import pytest

from app import clock
from app.terms import PeriodKind
from cube.tables import privacy_of
from tests import factories
from tests.cube.builders import city_with_areas, released


@pytest.fixture
def run(app, db, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: factories.NOW)
    runner = app.test_cli_runner()

    def run(*arguments):
        db.commit()
        return runner.invoke(args=["reach", *arguments])

    return run


def test_release_publishes_a_term_and_says_so(run):
    city, _areas = city_with_areas()

    done = run("release", "--city", city.slug, "--period", "2026-spring")

    assert done.exit_code == 0
    assert done.output.startswith("Released 2026-spring: 65 numbers")


def test_release_answers_as_json(run):
    city, _areas = city_with_areas()

    done = run("release", "--city", city.slug, "--period", "2026-spring", "--json")

    facts = json.loads(done.output)
    assert (facts["city"], facts["period"], facts["cells"]) == (city.slug, "2026-spring", 65)
    assert (facts["version"], facts["signed"]) == (1, True)
    assert facts["rho"] == pytest.approx(privacy_of(PeriodKind.TERM))


@pytest.mark.parametrize(
    ("period", "reason"),
    [("2026-summer", "has not ended yet"), ("2025-autumn", "released before")],
)
def test_a_refused_release_ends_with_1_and_a_reason(run, app, db, period, reason):
    city, _areas = city_with_areas()
    slug = city.slug
    db.commit()
    run("release", "--city", slug, "--period", "2025-autumn")

    refused = run("release", "--city", slug, "--period", period)

    assert refused.exit_code == 1
    assert reason in refused.stderr
    assert refused.stdout == ""


def test_an_unknown_city_is_refused(run):
    assert run("release", "--city", "nowhere", "--period", "2026-spring").exit_code == 1
    assert run("report", "--city", "nowhere").exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("release", "--city", "x", "--period", "summer"),
        ("release", "--period", "2026-spring"),
        ("report",),
    ],
)
def test_wrong_usage_ends_with_2(run, arguments):
    assert run(*arguments).exit_code == 2


def test_report_says_what_the_page_says(run, app, db):
    city, areas = city_with_areas(deciles=(1, 2, 9, 10))
    with app.test_request_context():
        released(city, came=dict(zip(areas, (12, 8, 41, 39), strict=True)))
        db.commit()

    told = run("report", "--city", city.slug)

    assert told.exit_code == 0
    lines = told.output.splitlines()
    assert lines[0] == "Testford: Summer 2026"
    assert lines[1].startswith("Young people in the most deprived areas take part less than half")
    assert [line.split()[0] for line in lines[4:]] == ["1", "2", "9", "10", "All"]


def test_report_writes_a_pdf_where_it_is_told_to(run, app, db, tmp_path):
    city, areas = city_with_areas(deciles=(1, 10))
    with app.test_request_context():
        released(city, came=dict.fromkeys(areas, 40))
        db.commit()

    done = run("report", "--city", city.slug, "--to", str(tmp_path / "report.pdf"))

    assert (done.exit_code, done.output) == (0, "")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_report_before_any_release_is_refused(run):
    city, _areas = city_with_areas()

    assert run("report", "--city", city.slug).exit_code == 1
