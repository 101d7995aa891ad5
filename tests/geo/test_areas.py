"""Loading areas and their wards."""

import pytest
import shapely
from geoalchemy2.shape import to_shape
from sqlalchemy import select

from geo.loaders import Loaded, WrongFile, load_areas
from geo.models import Area
from tests import factories
from tests.geo import official

FORMATS = {
    "areas.geojson": official.geojson,
    "areas.topojson": official.topojson,
    "areas.gpkg": official.geopackage,
}


def all_areas(db) -> list[Area]:
    return list(db.scalars(select(Area).order_by(Area.lsoa_code)))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzipped"])
def test_every_format_gives_the_same_areas(db, tmp_path, name, packed):
    path = FORMATS[name](tmp_path / name, official.area_features(1, 2))

    loaded = load_areas(db, official.gzipped(path) if packed else path)

    assert loaded == Loaded(made=2)
    first, second = all_areas(db)
    assert (first.lsoa_code, first.name) == (official.code(1), "Testford 001A")
    assert (second.district_code, second.district_name) == official.DISTRICT
    assert shapely.equals_exact(
        to_shape(first.boundary).normalize(),
        shapely.MultiPolygon([official.square(1)]).normalize(),
        tolerance=1e-6,
    )
    assert official.square(1).contains(to_shape(first.centre))


def test_a_second_load_changes_nothing_and_a_corrected_file_only_what_differs(db, tmp_path):
    path = official.geojson(tmp_path / "areas.geojson", official.area_features(1, 2))
    load_areas(db, path)
    assert load_areas(db, path) == Loaded(unchanged=2)

    corrected = official.area_features(1) + official.area_features(2, LSOA21NM="Testford 002B")
    assert load_areas(db, official.geojson(path, corrected)) == Loaded(updated=1, unchanged=1)
    assert [area.name for area in all_areas(db)] == ["Testford 001A", "Testford 002B"]


def test_one_city_can_be_taken_out_of_a_national_file(db, tmp_path):
    noise = official.area_features(3, LAD25CD="E06000998", LAD25NM="Elsewhere")
    path = official.geojson(tmp_path / "areas.geojson", official.area_features(1) + noise)

    loaded = load_areas(db, path, only_districts={official.DISTRICT[0]})

    assert loaded == Loaded(made=1, left_out=1)
    assert [area.lsoa_code for area in all_areas(db)] == [official.code(1)]


def test_outlines_on_the_national_grid_are_turned_into_degrees(db, tmp_path):
    # The south-west corner of square 1, in metres of the national grid: 533 m across, 1.1 km up.
    def moved(lonlat):
        return (lonlat - (-1.49, 53.8)) * (65_900, 111_300) + (433_677, 434_000)

    features = official.area_features(1)
    path = official.geopackage(tmp_path / "a.gpkg", features, crs="EPSG:27700", moved=moved)

    load_areas(db, path)

    outline = to_shape(all_areas(db)[0].boundary)
    assert outline.centroid.distance(official.square(1).centroid) < 0.002


def test_an_outline_that_crosses_itself_is_mended(db, tmp_path):
    def bow_tie(_number):
        return shapely.Polygon([(-1.5, 53.8), (-1.4, 53.9), (-1.4, 53.8), (-1.5, 53.9)])

    load_areas(
        db,
        official.geojson(tmp_path / "a.geojson", official.area_features(1, outline=bow_tie)),
    )

    outline = to_shape(all_areas(db)[0].boundary)
    assert (outline.is_valid, outline.geom_type) == (True, "MultiPolygon")


def swapped(number):
    return shapely.transform(official.square(number), lambda lonlat: lonlat[:, ::-1])


def flat(_number):
    return shapely.Polygon([(-1.5, 53.8), (-1.4, 53.9), (-1.5, 53.8)])


@pytest.mark.parametrize(
    ("features", "reason"),
    [
        pytest.param(
            official.area_features(1, LSOA21CD="E05000001"),
            "feature 1, column LSOA21CD: found 'E05000001', expected an area code",
            id="ward codes under the heading of areas",
        ),
        pytest.param(
            official.area_features(1, LAD25CD=None),
            "feature 1, column LAD25CD: found None, expected a district code",
            id="no district",
        ),
        pytest.param(
            official.area_features(1, LSOA21NM=""),
            "feature 1, column LSOA21NM: found '', expected a name",
            id="no name",
        ),
        pytest.param(
            official.area_features(1, 2, 1),
            f"area {official.code(1)} stands twice: feature 1 and feature 3",
            id="an area twice",
        ),
        pytest.param(
            official.area_features(1, outline=swapped),
            "lies outside the United Kingdom",
            id="latitude first",
        ),
        pytest.param(official.area_features(1, outline=flat), "has no surface", id="no surface"),
    ],
)
def test_a_wrong_feature_is_refused_and_the_table_is_as_before(db, tmp_path, features, reason):
    before = factories.area()

    with pytest.raises(WrongFile, match=reason):
        load_areas(db, official.geojson(tmp_path / "areas.geojson", features))

    assert all_areas(db) == [before]


def with_properties(*names):
    (feature,) = official.area_features(1)
    return [feature | {"properties": dict.fromkeys(names, "E05000001")}]


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (("LSOA11CD", "LSOA11NM", "LAD25CD", "LAD25NM"), "like boundaries of areas of 2011; no co"),
        (("WD25CD", "WD25NM", "LAD25CD", "LAD25NM"), "like boundaries of wards; no command"),
        (("MSOA21CD", "MSOA21NM"), "like boundaries of middle layer areas"),
        (("LAD25CD", "LAD25NM"), "like boundaries of districts"),
        (("code", "name"), "No heading 'LSOA21CD', .*found 'code', 'name'"),
    ],
)
def test_outlines_of_something_else_are_refused_by_what_they_are(db, tmp_path, names, reason):
    path = official.geojson(tmp_path / "lsoa21_bgc.geojson", with_properties(*names))

    with pytest.raises(WrongFile, match=reason):
        load_areas(db, path)

    assert all_areas(db) == []


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("spoil", [official.cut_short, official.damaged])
def test_a_copy_that_was_cut_short_or_damaged_is_refused(db, tmp_path, name, spoil):
    path = FORMATS[name](tmp_path / name, official.area_features(*range(1, 40)))

    with pytest.raises(WrongFile, match=r"cut short|damaged|cannot be read"):
        load_areas(db, spoil(official.gzipped(path)))
    with pytest.raises(WrongFile, match=r"cut short|cannot be read"):
        load_areas(db, official.cut_short(path))

    assert all_areas(db) == []


def test_wards_are_written_into_areas_that_are_known(db, tmp_path):
    load_areas(db, official.geojson(tmp_path / "a.geojson", official.area_features(1, 2)))
    rows = [
        (official.code(1), "Testford 001A", "E05900001", "Abbey"),
        ("W01000001", "Elsewhere", "W05000001", "Noise"),
    ]
    path = official.wards(tmp_path / "wards.csv", rows)

    assert load_areas(db, path) == Loaded(updated=1, left_out=1)
    assert load_areas(db, path) == Loaded(unchanged=1, left_out=1)
    assert [(area.ward_code, area.ward_name) for area in all_areas(db)] == [
        ("E05900001", "Abbey"),
        (None, None),
    ]


def test_loading_boundaries_again_keeps_the_wards(db, tmp_path):
    boundaries = official.geojson(tmp_path / "a.geojson", official.area_features(1))
    load_areas(db, boundaries)
    wards = [(official.code(1), "Testford 001A", "E05900001", "Abbey")]
    load_areas(db, official.wards(tmp_path / "wards.csv", wards))

    assert load_areas(db, boundaries) == Loaded(unchanged=1)
    assert all_areas(db)[0].ward_name == "Abbey"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ((official.code(1), "", "E0590000", "Abbey"), "line 2, column WD24CD: found 'E0590000'"),
        (("", "", "E05900001", "Abbey"), "line 2, column LSOA21CD: found ''"),
        ((official.code(1), "", "E05900001", ""), "line 2, column WD24NM: found ''"),
    ],
)
def test_a_wrong_row_of_wards_is_refused(db, tmp_path, row, reason):
    with pytest.raises(WrongFile, match=reason):
        load_areas(db, official.wards(tmp_path / "wards.csv", [row]))


def test_postcodes_given_as_areas_are_sent_to_their_command(db, tmp_path):
    path = official.postcodes(tmp_path / "areas.csv", [("LS1 4AP", 53.8, -1.5, official.code(1))])

    with pytest.raises(WrongFile, match="the postcode directory; `flask geo load-postcodes` takes"):
        load_areas(db, path)
