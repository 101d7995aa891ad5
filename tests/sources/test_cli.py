"""`flask opportunities import`: what it says, and how it ends."""

import json

import pytest

from opportunities.models import Opportunity
from sources.models import ImportRun, Source
from tests import factories
from tests.factories import NOW
from tests.sources.lists import ROW, table
from tests.sources.test_pages import feed  # noqa: F401 - a fixture

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def provider(db):
    factories.area()
    provider = factories.provider()
    db.commit()
    return provider


@pytest.fixture
def run(app, provider, monkeypatch):
    monkeypatch.setattr("app.clock.now", lambda: NOW)

    def run(*arguments, slug=provider.slug):
        given = ["opportunities", "import", *map(str, arguments)]
        return app.test_cli_runner().invoke(args=[*given, "--provider", slug] if slug else given)

    return run


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "ours.csv"
    path.write_bytes(table(ROW, ROW | {"id": "8", "title": "Cup", "date": "never"}))
    return path


def test_a_file_is_kept_and_the_sums_are_said(run, file, db):
    first, second = run(file, "--json"), run(file, "--json")

    assert (first.exit_code, second.exit_code) == (0, 0)
    said, again = json.loads(first.stdout), json.loads(second.stdout)
    counts = ("rows", "made", "updated", "unchanged", "withdrawn", "refused")
    assert [said[each] for each in counts] == [2, 1, 0, 0, 0, 1]
    assert [again[each] for each in counts] == [2, 0, 0, 1, 0, 1]
    assert said["first_refused"] == [
        {
            "number": 3,
            "id": "8",
            "field": "date",
            "reason": "“never” is no day. Write it like 28/11/2026.",
        }
    ]
    assert db.query(Opportunity).count() == 1


def test_people_read_lines_and_progress_goes_to_the_other_stream(run, file):
    done = run(file)

    assert done.exit_code == 0
    assert "made          1" in done.stdout
    assert "Refused: row 3, date: “never” is no day." in done.stdout


def test_a_trial_leaves_nothing(run, file, db):
    done = run(file, "--dry-run", "--json")

    assert done.exit_code == 0
    assert json.loads(done.stdout)["made"] == 1
    assert db.query(Opportunity).count() == 0
    assert db.query(Source).count() == 0
    assert db.query(ImportRun).count() == 0


def test_a_mapping_is_remembered(run, tmp_path, db):
    path = tmp_path / "theirs.csv"
    path.write_bytes(
        table({"A": "Pots", "B": "06/06/2026", "C": "10:00", "D": "53.9623", "E": "-1.0819"})
    )
    mapping = tmp_path / "mapping.json"
    columns = {"title": "A", "date": "B", "start": "C", "lat": "D", "lon": "E"}
    mapping.write_text(json.dumps({"columns": columns, "defaults": {"category": "sport"}}))

    first = run(path, "--mapping", mapping, "--json")
    again = run(path, "--json")

    assert json.loads(first.stdout)["made"] == 1, first.output
    assert json.loads(again.stdout)["unchanged"] == 1


def test_a_feed_is_read_to_its_end_and_goes_on_from_there(run, feed, db, tmp_path):  # noqa: F811
    mapping = tmp_path / "mapping.json"
    mapping.write_text('{"defaults": {"category": "sport"}}')

    first = json.loads(run(feed, "--mapping", mapping, "--json").stdout)
    second = json.loads(run(feed, "--json").stdout)
    third = json.loads(run(feed, "--from-start", "--json").stdout)
    all_again = run("--again", "--json", slug=None)

    assert (first["made"], second["rows"], third["unchanged"]) == (2, 0, 2)
    assert all_again.exit_code == 0
    assert json.loads(all_again.stdout)["rows"] == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04", "zip archive"),
        (b"", "The file is empty."),
        (b'title\n"' + b"x" * 200_000, "Line 2"),
    ],
)
def test_a_list_that_is_refused_ends_with_one_and_a_reason(run, tmp_path, db, content, words):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)

    done = run(path)

    assert done.exit_code == 1
    assert words in done.stderr
    assert db.query(Source).count() == 0


def test_an_address_that_is_forbidden_ends_with_one(run):
    done = run("http://127.0.0.1/feed")

    assert done.exit_code == 1
    assert "not on the public internet" in done.stderr


def test_wrong_usage_ends_with_two(run, file, tmp_path):
    bad = tmp_path / "mapping.json"
    bad.write_text("[1]")

    assert run(slug=None).exit_code == 2
    assert run(tmp_path / "nothing.csv").exit_code == 2
    assert run(file, slug="nobody").exit_code == 2
    assert run(file, "--kind", "word").exit_code == 2
    assert run(file, "--mapping", bad).exit_code == 2
