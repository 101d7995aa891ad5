"""Loading the Indices of Deprivation."""

import pytest
from sqlalchemy import select

from geo.loaders import Loaded, WrongFile, load_deprivation
from geo.models import Deprivation
from tests import factories
from tests.geo import official


def all_rows(db) -> list[tuple]:
    kept = select(
        Deprivation.edition, Deprivation.lsoa_code, Deprivation.rank, Deprivation.decile
    ).order_by(Deprivation.edition, Deprivation.rank)
    return [tuple(row) for row in db.execute(kept)]


def changed(rows, line, column, value):
    """Return `rows` with another value in one cell; lines count from 2, under the headings."""
    rows = [list(row) for row in rows]
    rows[line - 2][column] = value
    return rows


def test_two_editions_stand_side_by_side_and_loading_again_changes_nothing(db, tmp_path):
    rows = official.deprivation_rows(20)
    older = official.deprivation(tmp_path / "older.csv", rows, census=2011)
    newer = official.deprivation(tmp_path / "newer.csv", rows[::-1])

    assert load_deprivation(db, older) == Loaded(made=20)
    assert load_deprivation(db, official.gzipped(newer)) == Loaded(made=20)
    assert load_deprivation(db, older) == load_deprivation(db, newer) == Loaded(unchanged=20)
    assert all_rows(db)[19:21] == [
        ("iod2019", official.code(20), 20, 10),
        ("iod2025", official.code(1), 1, 1),
    ]


def test_official_oddities_are_read(db, tmp_path):
    """Thousands with a comma, ties, and a heading cut off at a fixed width."""
    headings = official.deprivation_headings(2021)
    headings[4] = "Index of Multiple Deprivation (IMD) Decile (where 1 is most deprived 10% of LSO"
    rows = [
        [official.code(1), "A", "9.5", "29,199", "9"],
        [official.code(2), "B", "9.5", "29,199", "9"],
    ]

    load_deprivation(db, official.table(tmp_path / "iod.csv", headings, rows), part=True)

    assert {row[2:] for row in all_rows(db)} == {(29_199, 9)}


def test_only_the_areas_asked_for_are_kept_of_a_file_that_was_checked_whole(db, tmp_path):
    path = official.deprivation(tmp_path / "iod.csv", official.deprivation_rows(20))

    assert load_deprivation(db, path, only_areas={official.code(7)}) == Loaded(made=1, left_out=19)
    assert all_rows(db) == [("iod2025", official.code(7), 7, 4)]


ROWS = official.deprivation_rows(20)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        pytest.param(
            changed(ROWS, 5, 0, "E0190000"),
            r"line 5, column LSOA code \(2021\): found 'E0190000', expected an area code",
            id="a code cut short",
        ),
        pytest.param(
            changed(ROWS, 5, 2, ""), "line 5, column .*Score: found '', expected a num", id="empty"
        ),
        pytest.param(
            changed(ROWS, 5, 3, "4.5"), "line 5, .*found '4.5', expected a whole", id="half a rank"
        ),
        pytest.param(
            changed(ROWS, 5, 3, "99999"), "found '99999', .* from 1 to 33,755", id="rank too high"
        ),
        pytest.param(
            changed(ROWS, 5, 4, "11"), "line 5, .*found '11', .* from 1 to 10", id="decile too high"
        ),
        pytest.param(
            changed(ROWS, 5, 4, "9"),
            "line 5: decile 9 does not fit rank 4 of 20, which is in decile 2",
            id="decile of another rank",
        ),
        pytest.param(
            changed(ROWS, 5, 2, "99.9"),
            "line 5: score 99.9 at rank 4 is higher",
            id="score too high",
        ),
        pytest.param(
            changed(changed(ROWS, 5, 3, "5"), 5, 2, ROWS[4][2]),
            "line 5: rank 5 stands where rank 4 was expected",
            id="a rank is missing",
        ),
        pytest.param(
            changed(ROWS, 5, 0, official.code(1)),
            f"area {official.code(1)} stands twice: line 2 and line 5",
            id="an area twice",
        ),
        pytest.param(ROWS[10:], "10 of the 33,755 areas of IoD 2025.*cut short", id="a part"),
        pytest.param([], "no rows", id="headings alone"),
    ],
)
def test_a_wrong_file_is_refused_and_the_table_is_as_before(db, tmp_path, rows, reason):
    factories.area(decile=3)
    before = all_rows(db)

    with pytest.raises(WrongFile, match=reason):
        load_deprivation(db, official.deprivation(tmp_path / "iod.csv", rows))

    assert all_rows(db) == before


@pytest.mark.parametrize(
    ("name", "census", "reason"),
    [
        ("File_7_IoD2025.csv", 2011, "name says IoD 2025, but the headings are those of IoD 2019"),
        ("File_7_IoD2019.csv", 2021, "name says IoD 2019, but the headings are those of IoD 2025"),
    ],
)
def test_an_edition_under_the_name_of_another_is_refused(db, tmp_path, name, census, reason):
    with pytest.raises(WrongFile, match=reason):
        load_deprivation(db, official.deprivation(tmp_path / name, ROWS, census=census))


def test_an_edition_under_the_headings_of_another_is_refused(db, tmp_path):
    rows = official.deprivation_rows(32_844)

    with pytest.raises(WrongFile, match=r"32,844 rows are the areas of IoD 2019"):
        load_deprivation(db, official.deprivation(tmp_path / "iod.csv", rows))


@pytest.mark.parametrize(
    ("headings", "reason"),
    [
        (["LSOA code", "WIMD 2019 "], "looks like another Welsh Index of Multiple Deprivation; no"),
        (official.CENSUS_HEADINGS, "looks like the 2021 census .*`flask geo load-population`"),
        (["a", "b"], r"No heading 'LSOA code \(2011\)'.*found 'a', 'b'"),
    ],
)
def test_something_else_is_refused_by_what_it_is(db, tmp_path, headings, reason):
    with pytest.raises(WrongFile, match=reason):
        load_deprivation(db, official.table(tmp_path / "file.csv", headings, []))
