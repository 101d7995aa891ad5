"""Every format says the same of each cell, and nothing of what is hidden."""

import csv
import json
import re
import sqlite3
import warnings
from io import BytesIO, StringIO
from unittest.mock import patch
from uuid import UUID

import html5lib
import pyarrow.parquet as parquet
import pyogrio
import pytest
import shapely
from csvw import CSVW

from badges.findings import UnsoundDocument
from badges.lists import check_list
from badges.service import IssuingHost
from badges.signing import ensure_key
from cube import budget, service
from cube.queries import release_named
from reach.formats.sheet import COLUMNS
from reach.sentences import shown
from tests import factories
from tests.conftest import PUBLIC_URL
from tests.cube.builders import SUMMER, TODAY, city_with_areas, published, released

NAME = UUID("6f2b7c1e-0d35-4f86-9b1f-2f6f0f8b1a77")
HOST = IssuingHost(PUBLIC_URL, "another secret that only tests know")
FILES = (
    "/reach/table.csv",
    "/reach/table.csv-metadata.json",
    "/reach/areas.geojson",
    "/reach/areas.gpkg",
    "/reach/areas.parquet",
)
#: What forms carry against forgery: drawn anew for each answer.
_TOKEN = re.compile(rb'name="csrf_token" value="[^"]+"')
#: Pages of a release, and what else is drawn of one.
PAGES = (
    *("/reach", "/cy/reach", "/reach/map", "/reach/map.js", "/reach/map.html", "/reach/report.pdf"),
    *("/reach/returns/sufficiency", "/reach/returns/sufficiency.csv", "/reach/reports"),
)
CALLS = tuple(f"/api/v1/reach/releases/{NAME}{part}" for part in ("", "/document", "/signature"))


@pytest.fixture
def york(app, db):
    """A city, two of whose areas lie in one ward and one decile; nothing is released yet."""
    with app.test_request_context():
        city, areas = city_with_areas(deciles=(1, 5, 1, 9, 9, 10))
        elsewhere, others = city_with_areas(name="Elsewhere", deciles=(1, 2))
        released(elsewhere, came=dict.fromkeys(others, 90))
        ensure_key(db, None, host=HOST)
        db.commit()
    return city, areas


@pytest.fixture
def officer(york, sign_in):
    return sign_in(factories.officer(of=york[0]))


@pytest.fixture
def release(york, app, db):
    """Return what releases the city, so many having come from its first and third area.

    It returns the areas whose number is hidden.
    """

    def release(first, third):
        city, areas = york
        came = dict(zip(areas, (first, 40, third, 30, 35, 50), strict=True))
        with app.test_request_context(), patch.object(service, "uuid4", lambda: NAME):
            made = released(city, seed=5, came=came, host=HOST)
            hidden = {code for code, number in published(made, "area").items() if number is None}
            db.commit()
        return hidden

    return release


def bytes_of(client, *more):
    """Return what each address answers to an officer."""
    answers = {address: client.get(address) for address in (*FILES, *CALLS, *more)}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {address: _TOKEN.sub(b"", answer.data) for address, answer in answers.items()}


def test_what_is_hidden_leaves_no_trace_in_any_byte(officer, york, release, db):
    """One learner lived in one hidden area or in another: nothing that is answered tells which."""
    codes = {york[1][0].lsoa_code, york[1][2].lsoa_code}
    answers = []
    for first, third in ((0, 1), (1, 0)):
        try_out = db.get_bind().begin_nested()
        assert codes <= release(first, third)
        slug = york[0].slug
        of_areas = [f"/reach/{code}" for code in (*sorted(codes), york[1][0].ward_code)]
        public = (
            f"/public/reach/{slug}",
            f"/public/reach/{slug}/table.csv",
            f"/embed/reach/{slug}",
        )
        answers.append(bytes_of(officer, *PAGES, *of_areas, *public))
        db.remove()
        try_out.rollback()

    assert len(answers[0]) > 20
    assert [name for name in answers[0] if answers[0][name] != answers[1][name]] == []


def test_the_comparison_would_see_a_learner_more_where_numbers_are_shown(
    officer, york, release, db
):
    answers = []
    for first in (40, 41):
        try_out = db.get_bind().begin_nested()
        release(first, 0)
        answers.append(bytes_of(officer))
        db.remove()
        try_out.rollback()

    same = {name for name in answers[0] if answers[0][name] == answers[1][name]}
    assert same == {"/reach/table.csv-metadata.json"}, "each other address says it"


def test_every_format_says_the_same_of_each_cell(officer, york, release, db):
    release(0, 1)
    city, _areas = york
    cells = {
        (table, cell.code): cell
        for table, found in release_named(db, NAME, city_id=city.id).tables.items()
        for cell in found
    }
    learners = {key: cell.learners for key, cell in cells.items()}
    areas = {code: number for (table, code), number in learners.items() if table == "area"}
    assert 2 <= list(areas.values()).count(None) < len(areas)

    assert _in_csv(officer.get("/reach/table.csv").text) == learners
    assert _in_api(officer.get(CALLS[0]).json) == learners
    assert _in_document(officer.get(CALLS[1]).json) == learners
    assert _in_geojson(officer.get("/reach/areas.geojson").json) == areas
    assert _in_geopackage(officer.get("/reach/areas.gpkg").data) == areas
    assert _in_parquet(officer.get("/reach/areas.parquet").data) == areas
    page = _in_page(officer.get("/reach").text)
    assert {code: shown(cells["area", code]) in page[code] for code in areas} == dict.fromkeys(
        areas, True
    )


@pytest.mark.parametrize("address", FILES[2:])
def test_a_file_of_areas_says_how_it_was_made(officer, release, address, tmp_path):
    release(0, 1)
    file = tmp_path / address.rpartition("/")[2]
    file.write_bytes(officer.get(address).data)

    facts = _facts(file)

    assert facts["release"] == str(NAME)
    assert facts["period"] == "2026-summer"
    assert facts["deprivation"] == "English Indices of Deprivation 2025"
    assert facts["population"] == "Census 2021"
    assert (int(facts["version"]), int(facts["smallest_shown"])) == (1, 5)
    assert float(facts["standard_deviation"]) == 3
    assert facts["licence"] == "https://creativecommons.org/licenses/by/4.0/"
    assert facts["source"].startswith(f"{PUBLIC_URL}/public/reach/")


def test_outlines_are_the_same_in_each_file(officer, york, release, tmp_path):
    release(0, 1)

    drawn = {
        each["id"]: shapely.geometry.shape(each["geometry"])
        for each in officer.get("/reach/areas.geojson").json["features"]
    }
    table = parquet.read_table(BytesIO(officer.get("/reach/areas.parquet").data)).to_pydict()
    in_parquet = dict(zip(table["code"], map(shapely.from_wkb, table["geometry"]), strict=True))
    package = tmp_path / "areas.gpkg"
    package.write_bytes(officer.get("/reach/areas.gpkg").data)
    meta, _fids, wkb, columns = pyogrio.raw.read(package)
    codes = columns[list(meta["fields"]).index("code")]
    in_package = dict(zip(codes, map(shapely.from_wkb, wkb), strict=True))

    assert set(drawn) == {area.lsoa_code for area in york[1]}
    assert meta["crs"] == "EPSG:4326"
    assert all(shapely.is_ccw(outline.exterior) for outline in drawn.values())
    for code, outline in drawn.items():
        assert outline.equals(in_parquet[code])
        assert outline.equals(in_package[code])


def test_the_parquet_file_is_geoparquet(officer, release):
    """What version 1.1.0 of the specification asks of its metadata."""
    release(0, 1)

    schema = parquet.read_schema(BytesIO(officer.get("/reach/areas.parquet").data))

    geo = json.loads(schema.metadata[b"geo"])
    assert (geo["version"], geo["primary_column"]) == ("1.1.0", "geometry")
    column = geo["columns"]["geometry"]
    assert (column["encoding"], column["orientation"]) == ("WKB", "counterclockwise")
    assert column["geometry_types"] == ["Polygon"]
    west, south, east, north = column["bbox"]
    assert west < east
    assert south < north
    assert str(schema.field("geometry").type) == "binary"
    assert str(schema.field("took_part").type) == "int32"


def test_the_sheet_is_read_by_the_metadata_beside_it(officer, york, release, db, tmp_path):
    release(0, 1)
    sheet = officer.get("/reach/table.csv")
    described_by = sheet.headers["Link"].partition(">")[0].removeprefix("<")
    metadata = officer.get(described_by)
    assert metadata.mimetype == "application/csvm+json"
    assert officer.get(metadata.json["url"].removeprefix(PUBLIC_URL)).data == sheet.data

    (tmp_path / "table.csv").write_bytes(sheet.data)
    (tmp_path / "meta.json").write_text(json.dumps(metadata.json | {"url": "table.csv"}))
    read = CSVW(str(tmp_path / "meta.json"))

    assert read.is_valid
    rows = list(read.tables[0])
    assert list(rows[0]) == list(COLUMNS)
    found = {(row["table"], row["code"]): row["took_part"] for row in rows}
    assert found == _in_csv(sheet.text)
    assert {row["hidden"] for row in rows if row["took_part"] is None} == {True}
    columns = metadata.json["tableSchema"]["columns"]
    assert all(set(column["titles"]) == {"en", "cy"} for column in columns)


def test_a_sheet_that_does_not_keep_to_its_metadata_is_seen(officer, release, tmp_path):
    release(0, 1)
    sheet = officer.get("/reach/table.csv").text.replace('"2026-04-01"', '"soon"')
    metadata = officer.get("/reach/table.csv-metadata.json").json
    (tmp_path / "table.csv").write_text(sheet)
    (tmp_path / "meta.json").write_text(json.dumps(metadata | {"url": "table.csv"}))

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert not CSVW(str(tmp_path / "meta.json")).is_valid


def test_the_signature_holds_and_breaks_with_one_byte(officer, release, client):
    release(0, 1)
    document, signature = officer.get(CALLS[1]).data, officer.get(CALLS[2]).text
    did = client.get("/.well-known/did.json").json
    host = {"host_did": did["id"], "resolve": lambda _did: did}

    check_list(document, signature, **host)
    broken = document.replace(b'"version":1', b'"version":2')
    assert len(broken) == len(document)
    assert broken != document
    with pytest.raises(UnsoundDocument):
        check_list(broken, signature, **host)


def test_each_version_keeps_its_files(officer, york, release, app, db):
    release(0, 1)
    before = bytes_of(officer)
    with app.test_request_context():
        budget.set_budget(db(), city=york[0], rho=3.0, today=TODAY)
        service.correct(
            db(),
            city=york[0],
            period=SUMMER,
            reason="A register came late.",
            today=TODAY,
        )
        db.commit()

    latest = _rows(officer.get("/reach/table.csv").text)
    assert {row["version"] for row in latest} == {"2"}
    for address in FILES:
        assert officer.get(f"{address}?release={NAME}").data == before[address]


def _rows(sheet):
    return list(csv.DictReader(StringIO(sheet.lstrip("\ufeff"))))


def _in_csv(sheet):
    return {
        (row["table"], row["code"]): int(row["took_part"]) if row["took_part"] else None
        for row in _rows(sheet)
    }


def _in_api(told):
    return {
        (name, cell["cell"]): cell["learners"]
        for name, table in told["tables"].items()
        for cell in table["cells"]
    }


def _in_document(told):
    return {
        (name, code): learners
        for name, table in told["tables"].items()
        for code, (learners, _young_people) in table["cells"].items()
    }


def _in_geojson(told):
    return {each["id"]: each["properties"]["took_part"] for each in told["features"]}


def _in_geopackage(content):
    with sqlite3.connect(":memory:") as package:
        package.deserialize(content)
        return dict(package.execute("SELECT code, took_part FROM areas").fetchall())


def _in_parquet(content):
    table = parquet.read_table(BytesIO(content)).to_pydict()
    return dict(zip(table["code"], table["took_part"], strict=True))


def _in_page(page):
    """Return the texts of the row of each area."""
    rows = html5lib.parse(page, namespaceHTMLElements=False).findall(".//details//tr")
    linked = [(row.find(".//a"), row) for row in rows]
    return {
        link.get("href").removeprefix("/reach/"): ["".join(cell.itertext()).strip() for cell in row]
        for link, row in linked
        if link is not None
    }


def _facts(file):
    if file.suffix == ".geojson":
        return json.loads(file.read_text())["about"]
    if file.suffix == ".gpkg":
        return pyogrio.read_info(file)["layer_metadata"]
    return json.loads(parquet.read_schema(file).metadata[b"geo"])["tirnod"]
