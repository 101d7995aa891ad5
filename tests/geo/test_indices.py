"""Parts of an index, other nations' indices, indices of one's own, and which of them are compared."""

from datetime import date

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from app.errors import Conflict
from geo.loaders import Loaded, WrongFile, load_deprivation, load_index
from geo.loaders.editions import EDITIONS
from geo.models import CityIndex, Deprivation, DeprivationIndex, Nation
from geo.queries import index_named, indices_to_compare
from geo.service import compare_indices
from tests import factories
from tests.geo import official

_IDACI = "Income Deprivation Affecting Children Index (IDACI)"
_CRIME = "Crime"


def with_parts(path, rows, **scores):
    """Write File 7 with IDACI and crime beside the index, both ranked the other way round.

    :param scores: `idaci` and `crime`: a score for each row.
    """
    headings = official.deprivation_headings(2021)
    for measure in (_IDACI, _CRIME):
        headings += [
            f"{measure} Score (rate)",
            f"{measure} Rank (where 1 is most deprived)",
            f"{measure} Decile (where 1 is most deprived 10% of LSOAs)",
        ]
    count = len(rows)
    wide = [
        [
            *row,
            *(scores["idaci"][place], count - place, 10 - 10 * place // count),
            *(scores["crime"][place], count - place, 10 - 10 * place // count),
        ]
        for place, row in enumerate(rows)
    ]
    return official.table(path, headings, wide)


def kept(db, edition) -> list[tuple]:
    of_it = select(
        Deprivation.lsoa_code, Deprivation.score, Deprivation.rank, Deprivation.decile
    ).where(Deprivation.edition == edition)
    return [tuple(row) for row in db.execute(of_it.order_by(Deprivation.lsoa_code))]


ROWS = official.deprivation_rows(10)
RISING = [round(0.1 * n, 1) for n in range(1, 11)]


def test_parts_of_the_index_are_kept_beside_it_and_a_score_may_be_unknown(db, tmp_path):
    file = with_parts(tmp_path / "iod.csv", ROWS, idaci=[""] * 10, crime=RISING)

    assert load_deprivation(db, file) == Loaded(made=30)
    assert load_deprivation(db, file) == Loaded(unchanged=30)
    assert kept(db, "iod2025")[0] == (official.code(1), 82.0, 1, 1)
    assert kept(db, "iod2025-idaci")[0] == (official.code(1), None, 10, 10)
    assert kept(db, "iod2025-crime")[9] == (official.code(10), 1.0, 1, 1)


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        (
            {"idaci": ["", *RISING[1:]], "crime": RISING},
            "line 2: no score of iod2025-idaci, though other lines have one",
        ),
        (
            {"idaci": [""] * 10, "crime": RISING[::-1]},
            "iod2025-crime: score .* is higher than .*the rank before",
        ),
        ({"idaci": [""] * 10, "crime": ["x", *RISING[1:]]}, "line 2, column Crime Score"),
    ],
)
def test_a_part_that_does_not_fit_refuses_the_whole_file(db, tmp_path, scores, reason):
    with pytest.raises(WrongFile, match=reason):
        load_deprivation(db, with_parts(tmp_path / "iod.csv", ROWS, **scores))

    assert kept(db, "iod2025") == []


@pytest.mark.parametrize(
    ("index", "headings", "rows", "expected"),
    [
        pytest.param(
            "wimd2019",
            ("LSOA code", "LSOA name (Eng)", "WIMD 2019 ", "Income ", "Access to Services"),
            [
                ("W01000001", "A", "885", "898", "221"),
                ("W01000002", "B", "190", "1", "1"),
                ("W01000003", "C", "191", "1", "1"),
            ],
            [
                ("W01000001", None, 885, 5),
                ("W01000002", None, 190, 1),
                ("W01000003", None, 191, 2),
            ],
            id="Wales: deciles are worked out",
        ),
        pytest.param(
            "simd2020",
            ("DZ", "SIMD2020v2_Rank", "SIMD2020v2_Decile", "URname"),
            [("S01006506", "4691", "7", "Accessible Small Towns")],
            [("S01006506", None, 4691, 7)],
            id="Scotland",
        ),
        pytest.param(
            "nimdm2017",
            ("SOA2001", "Multiple Deprivation Measure Rank \n(where 1 is most deprived)", ""),
            [("95AA01S1", "516", ""), ("", "", "")],
            [("95AA01S1", None, 516, 6)],
            id="Northern Ireland: a heading in two lines, and rows of nothing",
        ),
    ],
)
def test_indices_of_other_nations_are_read(db, tmp_path, index, headings, rows, expected):
    file = official.table(tmp_path / "index.csv", headings, rows)
    # Published without the end of the last line.
    file.write_bytes(file.read_bytes().rstrip(b"\r\n"))

    load_deprivation(db, file, part=True)

    assert kept(db, index) == expected
    with pytest.raises(WrongFile, match="the file is cut short"):
        load_deprivation(db, file)


def test_every_index_that_a_file_may_hold_has_a_name(db):
    loaded = {edition.name + part.suffix for edition in EDITIONS for part in edition.parts}

    named = set(db.scalars(select(DeprivationIndex.slug)))
    assert loaded == named


def own(**given):
    given = {"slug": "custom-youth", "name": "Youth need", "source": "City council"} | given
    return DeprivationIndex(name_cy=given["name"], note="", **given)


def own_file(tmp_path, text):
    file = tmp_path / "own.csv"
    file.write_text(text)
    return file


E1, E2, E3 = map(official.code, (1, 2, 3))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            f"code,rank\n{E1},1\n{E2},2\n{E3},3\n",
            [(E1, None, 1, 4), (E2, None, 2, 7), (E3, None, 3, 10)],
            id="ranks",
        ),
        pytest.param(
            f"name,score,code\nA,1.5,{E1}\nB,9.5,{E2}\nC,1.5,{E3}\n",
            [(E1, 1.5, 2, 7), (E2, 9.5, 1, 4), (E3, 1.5, 2, 7)],
            id="scores, two alike",
        ),
        pytest.param(
            f"Code,Decile\n{E1},3\n{E2},3\n",
            [(E1, None, None, 3), (E2, None, None, 3)],
            id="deciles alone",
        ),
        pytest.param(
            f'code,rank,decile\n{E1},"29,199",9\n', [(E1, None, 29_199, 9)], id="of the nation"
        ),
    ],
)
def test_an_index_of_ones_own_says_ranks_scores_or_deciles(db, tmp_path, text, expected):
    done = load_index(db, own_file(tmp_path, text), about=own(published_on=date(2026, 9, 1)))

    assert done == Loaded(made=len(expected))
    assert kept(db, "custom-youth") == expected
    index = index_named(db, "custom-youth")
    assert (index.name, index.nation, index.is_overall) == ("Youth need", Nation.ENGLAND, False)
    assert index.published_on == date(2026, 9, 1)


def test_a_newer_file_of_ones_own_takes_the_place_of_the_one_before(db, tmp_path):
    load_index(db, own_file(tmp_path, f"code,decile\n{E1},3\n{E2},4\n"), about=own())

    load_index(db, own_file(tmp_path, f"code,decile\n{E2},5\n"), about=own(name="Renamed"))

    assert kept(db, "custom-youth") == [(E2, None, None, 5)]
    assert index_named(db, "custom-youth").name == "Renamed"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("code,place\nE01000001,1\n", "first line must name code, and one of rank, score, decile"),
        (f"code,decile\n{E1},11\n", "line 2, column decile: found '11', .* from 1 to 10"),
        (f"code,decile\n{E1},3\n{E2},\n", "line 3, column decile: found '', expected a number"),
        (f"code,rank\n{E1},1\nE1,2\n", "line 3, column code: found 'E1', expected an area code"),
        (f"code,rank\n{E1},1\n{E2},3\n", "line 3, column rank: found 3, .*Give deciles too"),
        (f"code,rank\n{E1},1\n{E1},2\n", f"area {E1} stands twice: line 2 and line 3"),
        (f"code,score\n{E1},1\nW01000001,2\n", "line 3, column code: .*the same nation"),
        (f"code,score\n{E1},1\n{E2},1", "the last line has no end"),
        (f"code,score\n{E1},high\n", "line 2, column score: found 'high'"),
        ("code,score\n", "no rows under them"),
    ],
)
def test_a_wrong_index_of_ones_own_changes_nothing(db, tmp_path, text, reason):
    load_index(db, own_file(tmp_path, f"code,decile\n{E3},3\n"), about=own())

    with pytest.raises(WrongFile, match=reason):
        load_index(db, own_file(tmp_path, text), about=own(name="Other"))

    assert kept(db, "custom-youth") == [(E3, None, None, 3)]
    assert index_named(db, "custom-youth").name == "Youth need"


def test_an_index_of_ones_own_takes_no_official_name(db, tmp_path):
    with pytest.raises(WrongFile, match="custom-something"):
        load_index(db, own_file(tmp_path, f"code,decile\n{E1},3\n"), about=own(slug="iod2025"))


@pytest.fixture
def place(db):
    """A city of one area, which every index of England and one of Wales speaks of."""
    city = factories.city()
    area = factories.area(in_city=city, decile=3)
    for edition in ("iod2019", "iod2025-idaci", "iod2019-idaci", "iod2025-crime", "wimd2019"):
        say(db, edition, area)
    say(db, "iod2025-health", factories.area(decile=1))  # somewhere else
    return city, [area.lsoa_code]


def say(db, edition, area):
    db.add(Deprivation(edition=edition, lsoa_code=area.lsoa_code, decile=4))
    db.flush()


@pytest.mark.parametrize(
    ("chosen", "beside", "expected"),
    [
        ([], "iod2025", ["iod2019", "iod2025-idaci"]),
        ([], "iod2019", ["iod2025", "iod2019-idaci"]),
        (["iod2025-crime"], "iod2025", ["iod2025-crime"]),
        (["iod2025-crime", "iod2025", "iod2019"], "iod2025", ["iod2025-crime", "iod2019"]),
    ],
)
def test_a_city_is_compared_by_what_it_chose_or_by_the_usual(db, place, chosen, beside, expected):
    city, codes = place
    compare_indices(db, city=city, editions=["iod2019-idaci"])

    compare_indices(db, city=city, editions=chosen)

    assert indices_to_compare(db, city, codes, beside=beside) == expected


@pytest.mark.parametrize(
    ("editions", "reason"),
    [
        (["iod2019", "iod2025-idaci", "iod2025-crime", "iod2019-idaci"], "3 indices at most"),
        (["iod2019", "iod2019"], "each index once"),
        (["iod1999"], "no index 'iod1999'"),
        (["iod\0"], "no index"),
        (["wimd2019"], "another nation"),
        (["iod2025-health"], "No area of Testford is in Health"),
    ],
)
def test_what_a_city_cannot_be_compared_by_is_refused(db, place, editions, reason):
    city, _codes = place
    compare_indices(db, city=city, editions=["iod2025-crime"])

    with pytest.raises(Conflict, match=reason):
        compare_indices(db, city=city, editions=editions)

    assert db.scalars(select(CityIndex.edition)).all() == ["iod2025-crime"]


def test_the_database_takes_no_fourth_index(db, place):
    fourth = insert(CityIndex).values(city_id=place[0].id, position=4, edition="iod2019")

    with pytest.raises(IntegrityError, match="three_at_most"), db.begin_nested():
        db.execute(fourth)


def test_an_index_without_a_name_is_refused_by_the_database(db):
    with pytest.raises(IntegrityError, match="deprivation_index"), db.begin_nested():
        say(db, "iod1999", factories.area())
