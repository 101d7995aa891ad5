"""Loading the postcode directory, and reading tables in general."""

import pytest
from sqlalchemy import select

from geo.loaders import Loaded, WrongFile, load_postcodes
from geo.models import Postcode
from tests.geo import official

AREA = official.code(1)
ROW = ("LS1 4AP", "53.79648", "-1.54785", AREA)


def kept(db) -> list[tuple]:
    rows = select(Postcode.postcode, Postcode.lsoa_code, Postcode.lon, Postcode.lat)
    return [tuple(row) for row in db.execute(rows.order_by(Postcode.postcode))]


def test_live_postcodes_are_kept_and_the_rest_counted(db, tmp_path):
    headings = ("PCDS", "x_noise", "doterm", "LSOA21CD", "LONG", "LAT")
    rows = [
        ("LS1 4AP", "!", "", AREA, "-1.54785", "53.79648"),
        ("LS1  4AQ", "!", "", "W01000001", "-1.5", "53.8"),
        ("LS1 4AR", "!", "202301", AREA, "-1.5", "53.8"),
        ("AB1 0AA", "!", "", "S01000001", "-2.2", "57.1"),
        ("JE2 3AA", "!", "", "", "0.000000", "99.999999"),
        ("LS1 4AS", "!", "", AREA, "0.000000", "99.999999"),
        ("LS1 4AT", "!", "", AREA, "", ""),
    ]
    path = official.postcodes(tmp_path / "onspd.csv", rows, headings)

    assert load_postcodes(db, path) == Loaded(made=2, left_out=5)
    assert load_postcodes(db, official.gzipped(path)) == Loaded(unchanged=2, left_out=5)
    assert kept(db) == [
        ("LS14AP", AREA, -1.54785, 53.79648),
        ("LS14AQ", "W01000001", -1.5, 53.8),
    ]


def test_a_postcode_that_moved_is_updated(db, tmp_path):
    noise = ("LS1 4AQ", *ROW[1:])
    load_postcodes(db, official.postcodes(tmp_path / "a.csv", [ROW, noise]))

    moved = official.postcodes(tmp_path / "b.csv", [(*ROW[:3], official.code(2)), noise])

    assert load_postcodes(db, moved) == Loaded(updated=1, unchanged=1)


def test_one_city_can_be_taken_out_of_a_national_file(db, tmp_path):
    path = official.postcodes(tmp_path / "a.csv", [ROW, ("M1 1AA", *ROW[1:3], official.code(2))])

    assert load_postcodes(db, path, only_areas=[AREA]) == Loaded(made=1, left_out=1)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("LS1", *ROW[1:]), "line 3, column pcds: found 'LS1', expected a postcode"),
        ((*ROW[:3], "Leeds"), "line 3, column lsoa21cd: found 'Leeds', expected an area code"),
        ((ROW[0], "north", *ROW[2:]), "line 3, column lat: found 'north', expected degrees"),
        ((ROW[0], "nan", *ROW[2:]), "line 3, column lat: found 'nan', expected degrees"),
        ((ROW[0], ROW[2], ROW[1], AREA), "line 3, column lat: found '-1.54785', expected degrees"),
        ((*ROW[:2], "15.4785", AREA), "line 3, column long: found '15.4785', expected degrees"),
        ((*ROW, "more"), "line 3 has 5 columns where the headings have 4"),
        (ROW, "postcode LS14AP stands twice: line 2 and line 3"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line_column_and_value(db, tmp_path, row, reason):
    with pytest.raises(WrongFile, match=reason):
        load_postcodes(db, official.postcodes(tmp_path / "onspd.csv", [ROW, row]))

    assert kept(db) == []


HEADINGS = b"pcds,lat,long,lsoa21cd\n"
LINE = ",".join(ROW).encode()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"\n", "expected the postcode directory. No heading 'pcds'", id="blank"),
        pytest.param(b"PK\x03\x04...", "zip archive. Unpack it", id="zip"),
        pytest.param(HEADINGS + LINE, "last line has no end: the file is cut short", id="no end"),
        pytest.param(HEADINGS + b"LS1 4AP,\xff,", "the text is not UTF-8", id="not UTF-8"),
        pytest.param(HEADINGS + b"LS1 4AP,\0,", "bytes that no text has", id="NUL"),
        pytest.param(HEADINGS + b'"LS1 4AP,', "cut short|cannot be read", id="open quote"),
        pytest.param(b"pcds,lsoa21cd\n", "postcodes without coordinates; no com", id="no points"),
        pytest.param(b"postcode,lat,lon\n", "postcodes of another layout", id="other layout"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(db, tmp_path, content, reason):
    path = tmp_path / "onspd.csv"
    path.write_bytes(content)

    with pytest.raises(WrongFile, match=f"^onspd.csv: .*{reason}"):
        load_postcodes(db, path)


@pytest.mark.parametrize("spoil", [official.cut_short, official.damaged])
def test_a_compressed_copy_that_was_cut_short_or_damaged_is_refused(db, tmp_path, spoil):
    letters = "ABDEFGHJLN"
    rows = [
        (f"LS{n} {d}{x}{y}", 53.7 + n / 1000, -1.5 + d / 1000, AREA)
        for n in range(1, 20)
        for d in range(10)
        for x in letters
        for y in letters
    ]
    path = official.gzipped(official.postcodes(tmp_path / "onspd.csv", rows))
    load_postcodes(db, official.postcodes(tmp_path / "before.csv", [ROW]))

    # A byte may be noticed by the value that it spoils, or by the check at the end.
    with pytest.raises(WrongFile, match=r"cut short|damaged|line [0-9]+"):
        load_postcodes(db, spoil(path))

    assert kept(db) == [("LS14AP", AREA, -1.54785, 53.79648)]


def test_blank_lines_are_passed_over_and_lines_still_counted(db, tmp_path):
    path = tmp_path / "onspd.csv"
    path.write_bytes(HEADINGS + b"\n,,,\n" + LINE + b"\r\nLS1,,,\n")

    with pytest.raises(WrongFile, match="line 5, column pcds"):
        load_postcodes(db, path)
