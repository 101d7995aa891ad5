"""The commands: what they say, and how they end."""

import json

import pytest

from geo.models import Area
from geo.queries import city_by_slug
from tests import factories
from tests.geo import official


@pytest.fixture
def run(app, db):
    runner = app.test_cli_runner()
    return lambda *arguments: runner.invoke(args=["geo", *map(str, arguments)])


@pytest.fixture
def country(tmp_path):
    """A folder with a small country in it, some of it twice, and some noise."""
    official.geojson(tmp_path / "city.geojson", official.area_features(1))
    official.gzipped(
        official.geojson(tmp_path / "all.geojson", official.area_features(*range(1, 21)))
    )
    (tmp_path / "lookups").mkdir()
    wards = [(official.code(n), "", "E05900001", "Abbey") for n in range(1, 21)]
    official.wards(tmp_path / "lookups" / "wards.csv", wards)
    rows = official.deprivation_rows(20)
    official.deprivation(tmp_path / "iod-2019.csv", rows, census=2011)
    official.deprivation(tmp_path / "iod-2025.csv", rows)
    official.postcodes(tmp_path / "p.csv", [("LS1 4AP", 53.8, -1.5, official.code(1))])
    census = [(official.code(1), "", 1, 2, 3, 4, 5, 6)]
    official.table(tmp_path / "census.csv", official.CENSUS_HEADINGS, census)
    (tmp_path / "noise.json").write_text('{"a": 1}')
    (tmp_path / "noise.csv").write_text("a,b\n1,2\n")
    return tmp_path


def test_one_command_loads_a_country_and_again_changes_nothing(run, country):
    done = run("load-england", country)

    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "                               made     updated   unchanged    left out",
        "Areas                            20           0           0           0",
        "Wards of areas                    0          20           0           0",
        "Deprivation, IoD 2019            20           0           0           0",
        "Deprivation, IoD 2025            20           0           0           0",
        "Population, census 2021           6           0           0           0",
        "Postcodes                         1           0           0           0",
    ]
    assert "Reading postcodes" in done.stderr
    assert run("load-england", country).stdout.splitlines()[-1] == "Nothing has changed."


def test_a_country_is_loaded_as_a_whole_or_not_at_all(run, db, country):
    (country / "p.csv").write_text((country / "p.csv").read_text() + "LS1,,,\n")

    done = run("load-england", country)

    assert done.exit_code == 1
    assert "line 3, column pcds" in done.stderr
    assert db.query(Area).count() == 0


def test_a_folder_that_lacks_something_is_refused_with_what_it_lacks(run, country):
    for name in ("p.csv", "all.geojson", "city.geojson"):
        (country / name).unlink()
    official.cut_short(country / "all.geojson.gz", share=0.1)
    (country / "all.geojson.gz").unlink()

    done = run("load-england", country)

    assert done.exit_code == 1
    assert "holds no boundaries of areas of 2021, and no postcode directory" in done.stderr
    assert "cut short" in done.stderr


def test_one_file_is_loaded_and_counted_as_json(run, country):
    done = run("load-areas", country / "all.geojson", "--json")

    assert json.loads(done.stdout) == {
        "Areas": {"made": 20, "updated": 0, "unchanged": 0, "left_out": 0}
    }


@pytest.mark.parametrize(
    ("command", "file"),
    [
        ("load-deprivation", "iod-2025.csv"),
        ("load-population", "census.csv"),
        ("load-postcodes", "p.csv"),
    ],
)
def test_each_file_has_its_command(run, country, command, file):
    assert run(command, country / file).exit_code == 0


def test_a_wrong_file_ends_with_1_and_its_reason(run, country):
    done = run("load-areas", country / "p.csv")

    assert (done.exit_code, done.stdout) == (1, "")
    assert "`flask geo load-postcodes` takes it" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("load-areas",),
        ("load-areas", "no-such-file.csv"),
        ("load-everything",),
        ("add-city", "York", "--name", "York", "--authority", "Y", "--district", "E06000014"),
    ],
)
def test_wrong_usage_ends_with_2(run, arguments):
    assert run(*arguments).exit_code == 2


def test_a_city_is_made_of_districts(run, db, country):
    run("load-areas", country / "all.geojson")
    named = ("--name", "Testford", "--name-cy", "Rhyd", "--authority", "Testford Council")

    done = run("add-city", "testford", *named, "--district", official.DISTRICT[0])
    refused = run("add-city", "elsewhere", *named, "--district", "E06000001")

    assert done.stdout == "Testford: 20 areas.\n"
    assert city_by_slug(db, "testford").name_cy == "Rhyd"
    assert refused.exit_code == 1
    assert "No area of E06000001 is loaded" in refused.stderr


def test_help_says_what_each_command_takes(run):
    assert "IoD" not in run("--help").output
    assert "2019 or 2025" in run("load-deprivation", "--help").output


def test_an_index_of_ones_own_is_loaded_and_compared(run, db, country, tmp_path):
    run("load-england", country)
    run(
        "add-city",
        "testford",
        "--name",
        "T",
        "--authority",
        "T",
        "--district",
        official.DISTRICT[0],
    )
    own = tmp_path / "own.csv"
    own.write_text(f"code,decile\n{official.code(1)},3\n{official.code(2)},x\n")
    named = ("--slug", "custom-youth", "--name", "Youth need", "--published", "2026-09-01")

    refused = run("load-index", own, *named)
    own.write_text(own.read_text().replace("x", "4"))

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "own.csv: line 3, column decile: found 'x', expected a number." in refused.stderr
    assert "Youth need" in run("load-index", own, *named).stdout
    done = run("compare-indices", "--city", "testford", "custom-youth", "iod2019")
    assert done.stdout == "testford: custom-youth, iod2019.\n"
    unknown = run("compare-indices", "--city", "testford", "iod1999")
    assert (unknown.exit_code, "no index 'iod1999'" in unknown.stderr) == (1, True)
    assert run("compare-indices", "--city", "testford").exit_code == 2
    assert run("compare-indices", "--city", "testford", "--usual").exit_code == 0


def test_a_region_is_made_of_cities(run, db):
    york, leeds = factories.city(name="York"), factories.city(name="Leeds")
    db.commit()
    cities = ("--city", york.slug, "--city", leeds.slug)

    done = run("add-region", "north", "--name", "North", "--name-cy", "Gogledd", *cities)
    refused = run("add-region", "north", "--name", "North", "--city", "nowhere")

    assert done.stdout == "North: Leeds, York.\n"
    assert "There is no city 'nowhere'" in refused.stderr
    assert run("add-region", "The North", "--name", "N", *cities).exit_code == 2
