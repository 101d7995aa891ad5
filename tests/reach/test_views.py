"""The officer's pages."""

import csv
import re
from io import StringIO
from xml.etree import ElementTree

import html5lib
import pytest
from sqlalchemy import select

from accounts.models import Role
from app.terms import period_named
from cube import queries
from cube.cells import Cell
from cube.models import ReachCell, ReachRelease
from geo.models import City
from reach import sentences
from reach.formats.sheet import as_csv
from reach.measures import CLASS_STARTS, concentration
from tests import factories
from tests.cube.builders import city_admin, city_with_areas, released

#: What stands on the pages whatever the numbers are: 1,000; deciles; ages; "50 times in 100"; and
#: how it was worked out: a base of 25, 2,000 draws, right 61 times in 100, 95 times in 100.
SAID_BY_HAND = {1000, 100, 50, 11, 12, 13, 15, 16, 17, 18, 24, 25, 61, 95, 2000, *range(1, 11)}
PAGES = ("/reach", "/reach/map", "/reach?period=2026-spring")


@pytest.fixture
def york(app, db):
    """A city with two released terms, hidden areas, cold spots, and an area without population."""
    with app.test_request_context():
        city, areas = city_with_areas(deciles=(1, 1, 2, 3, 5, 9, 10), young_people=200)
        factories.area(in_city=city, decile=5)
        came = dict(zip(areas, (0, 14, 9, 12, 20, 30, 41), strict=True))
        released(city, period=period_named("2026-spring"), seed=3, came=came)
        released(city, seed=5, came=came)
        db.commit()
    return city, areas


@pytest.fixture
def officer(york, sign_in):
    return sign_in(factories.officer(of=york[0]))


def test_the_page_says_whom_the_city_reaches(officer):
    page = officer.get("/reach")

    assert page.status_code == 200
    assert "Young people in the most deprived areas take part less than half as often" in page.text
    assert page.text.count("<h1>") == 1


@pytest.mark.parametrize("path", [*PAGES, "/cy/reach"])
def test_no_page_shows_a_number_that_is_not_in_the_cube(officer, york, db, path):
    page = officer.get(path)

    shown = _numbers_in(page.text, labels=_labels(db))
    assert shown - _numbers_of_the_cube(db, york[0]) == set()
    assert len(shown) > 10


def test_no_page_of_an_area_shows_a_number_that_is_not_in_the_cube(officer, york, db):
    city, areas = york
    for area in areas:
        page = officer.get(f"/reach/{area.lsoa_code}")

        assert page.status_code == 200
        assert _numbers_in(page.text, labels=_labels(db)) <= _numbers_of_the_cube(db, city)


def test_the_test_of_numbers_would_find_one_that_is_not_in_the_cube(officer, york, db):
    page = officer.get("/reach").text.replace("</main>", "<p>104,729 and 0.31415</p></main>")

    strange = _numbers_in(page, labels=_labels(db)) - _numbers_of_the_cube(db, york[0])
    assert strange == {104729, 0.31415}


def test_pages_ask_the_database_for_nobody(officer, york, count_queries):
    """One session table apart (who is signed in), no statement of a page names people."""
    for path in (*PAGES, f"/reach/{york[1][0].lsoa_code}", "/reach/table.csv", "/reach/map.js"):
        count_queries.clear()
        officer.get(path)

        about_people = [
            sent
            for sent in count_queries
            if re.search(r"\b(booking|attendance|scheduled_session)\b", sent)
        ]
        assert about_people == []


def test_a_hidden_number_is_hidden_alike_in_page_table_and_file(officer, york, app):
    _city, areas = york
    with app.test_request_context():
        file = list(csv.DictReader(StringIO(officer.get("/reach/table.csv").text.lstrip("\ufeff"))))
    hidden = {row["code"] for row in file if row["table"] == "area" and row["hidden"] == "yes"}

    assert areas[0].lsoa_code in hidden
    for row in file:
        is_empty = (row["took_part"], row["per_1000"]) == ("", "")
        assert is_empty == (row["hidden"] == "yes")
    for code in hidden:
        page = officer.get(f"/reach/{code}").text
        assert "Fewer than 5" in page
        assert "Hidden, so that nobody can be recognised." in page
    drawn = _document(officer.get("/reach").text).findall(".//*[@class='band-hidden']/*")
    assert len(drawn) == len(hidden)


def test_the_file_says_what_the_page_says(officer, york, app, db):
    city, _areas = york
    file = officer.get("/reach/table.csv")
    rows = list(csv.DictReader(StringIO(file.text.lstrip("\ufeff"))))
    with app.test_request_context():
        reach = queries.reach_of(db, city_id=city.id)

    assert reach is not None
    assert file.mimetype == "text/csv"
    assert f"reach-{city.slug}-2026-summer.csv" in file.headers["Content-Disposition"]
    told = {(row["table"], row["code"]): (row["took_part"], row["per_1000"]) for row in rows}
    expected = {
        (table, cell.code): tuple(
            "" if number is None else str(number) for number in (cell.learners, cell.per_thousand)
        )
        for table, cells in reach.tables.items()
        for cell in cells
    }
    assert told == expected
    table = _document(officer.get("/reach").text)
    in_page = [
        [_text(each) for each in row][1:3]
        for row in table.findall(".//details//tr")
        if row.find(".//a") is not None
    ]
    with app.test_request_context():
        assert in_page == [
            [sentences.shown_rate(cell), sentences.shown(cell)]
            for cell in (*reach.tables["ward"], *reach.areas)
        ]


def test_the_file_opens_safely_in_a_spreadsheet(db, app):
    city, _areas = city_with_areas(deciles=(1,))
    factories.area(in_city=city, decile=2, name='=cmd|"/c calc"!A1')
    with app.test_request_context():
        released(city)
        reach = queries.reach_of(db, city_id=city.id)
        assert reach is not None
        file = as_csv(reach.term)

    assert '"\'=cmd|""/c calc""!A1"' in file
    assert '"=cmd' not in file


def test_the_picker_leads_to_the_area(officer, york):
    code = york[1][2].lsoa_code

    answer = officer.get(f"/reach?area={code}&period=2026-spring")

    assert answer.status_code == 303
    assert answer.location == f"/reach/{code}?period=2026-spring"


def test_every_area_can_be_reached_from_the_page_without_a_map(officer, york):
    page = _document(officer.get("/reach").text)

    picked = {option.get("value") for option in page.findall(".//select[@name='area']/option")}
    linked = {link.get("href").removeprefix("/reach/") for link in page.findall(".//details//a")}
    wards = {area.ward_code for area in york[1]}
    assert {area.lsoa_code for area in york[1]} <= picked
    assert picked | wards == linked


def test_a_ward_leads_to_its_areas_and_an_area_back_to_its_ward(officer, york):
    ward = york[1][0].ward_code
    within = [area for area in york[1] if area.ward_code == ward]

    page = officer.get(f"/reach/{ward}")

    assert page.status_code == 200
    assert [f"/reach/{area.lsoa_code}" in page.text for area in york[1]] == [
        area in within for area in york[1]
    ]
    assert f"/reach/{ward}" in officer.get(f"/reach/{within[0].lsoa_code}").text


def test_the_map_script_carries_codes_and_no_word(officer, york):
    script = officer.get("/reach/map.js")

    assert script.mimetype == "text/javascript"
    assert york[1][0].lsoa_code in script.text
    assert york[1][0].name not in script.text
    assert york[0].name not in script.text
    again = officer.get("/reach/map.js", headers={"If-None-Match": script.headers["ETag"]})
    assert again.status_code == 304


def test_the_map_as_one_file_asks_for_nothing_and_says_what_the_page_says(officer, york):
    file = officer.get("/reach/map.html")

    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.text.count("<script>") == file.text.count("</script>") == 3
    assert " src=" not in file.text
    assert "<link" not in file.text
    assert "@import" not in file.text
    for area in york[1]:
        assert f'data-area="{area.lsoa_code}"' in file.text
    listed = re.findall(r"</a>: (\d+)</li>", file.text)
    assert listed == re.findall(r"</a>: (\d+)</li>", officer.get("/reach/map").text)


def test_before_the_first_release_the_page_says_so(db, sign_in):
    city, _areas = city_with_areas()
    client = sign_in(factories.officer(of=city))

    assert "Nothing has been released yet" in client.get("/reach").text
    for path in ("/reach/table.csv", "/reach/map", "/reach/map.js", "/reach/E01000001"):
        assert client.get(path).status_code == 404


def test_with_one_term_there_is_no_trend_yet(app, db, sign_in):
    city, _areas = city_with_areas()
    with app.test_request_context():
        released(city)
        db.commit()

    page = sign_in(factories.officer(of=city)).get("/reach").text

    assert "This is the first period." in page
    assert 'class="trend' not in page


def test_a_term_that_was_not_released_is_not_found(officer):
    assert officer.get("/reach?period=2020-summer").status_code == 404
    assert officer.get("/reach?period=%00").status_code == 404


@pytest.mark.parametrize("code", ["E01999999", "nonsense", "%00", "E01000001%00"])
def test_an_area_that_is_not_there_is_not_found(officer, code):
    assert officer.get(f"/reach/{code}").status_code == 404


def test_an_officer_sees_only_their_own_city(york, app, db, sign_in):
    city, areas = york
    with app.test_request_context():
        other, _others = city_with_areas(name="Elsewhere")
        released(other)
        db.commit()
    client = sign_in(city_admin(other))

    page = client.get(f"/reach?city={city.slug}")

    assert "Elsewhere" in page.text
    assert areas[0].lsoa_code not in page.text
    stranger = client.get(f"/reach/{areas[0].lsoa_code}")
    nobody = client.get("/reach/E01999999")
    assert stranger.status_code == nobody.status_code == 404
    assert stranger.text.replace(areas[0].lsoa_code, "") == nobody.text.replace("E01999999", "")
    assert areas[0].lsoa_code not in client.get(f"/reach/table.csv?city={city.slug}").text


def test_a_platform_admin_chooses_the_city(york, sign_in):
    city, areas = york
    client = sign_in(factories.adult(Role.PLATFORM_ADMIN))

    assert city.slug in client.get("/reach").text
    page = client.get(f"/reach?city={city.slug}")
    assert page.status_code == 200
    assert f"/reach/{areas[0].lsoa_code}?city={city.slug}" in page.text
    assert client.get("/reach?city=nowhere").status_code == 404


def test_an_officer_of_no_city_is_told_so(db, sign_in):
    page = sign_in(factories.adult(Role.AUTHORITY_OFFICER)).get("/reach")

    assert page.status_code == 404
    assert "belongs to no city yet" in page.text


@pytest.mark.parametrize(
    "path", ["/reach", "/reach/map", "/reach/map.js", "/reach/table.csv", "/reach/E01000001"]
)
@pytest.mark.parametrize(
    "role",
    [
        Role.LEARNER,
        Role.GUARDIAN,
        Role.SUPPORTER,
        Role.PROVIDER_STAFF,
        Role.PROVIDER_ADMIN,
        None,
    ],
)
def test_nobody_else_may_come(db, client, sign_in, role, path):
    if role is None:
        assert client.get(path).location.startswith("/sign-in")
        return
    user = factories.learner() if role is Role.LEARNER else factories.adult(role)

    assert sign_in(user).get(path).status_code == 403


def test_what_an_officer_saw_stays_out_of_shared_caches(officer):
    assert officer.get("/reach").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", PAGES)
def test_pages_carry_no_style_of_their_own(officer, path):
    page = officer.get(path).text

    assert not re.search(r"<style|\sstyle=|\son\w+=", page)


def _document(page):
    return html5lib.parse(page, namespaceHTMLElements=False)


def _text(element) -> str:
    return "".join(element.itertext()).strip()


def _labels(db) -> list[str]:
    """Return every name and official code that may stand on a page, longest first."""
    cells = db.execute(select(ReachCell.label, ReachCell.cell)).all()
    places = db.execute(select(City.name, City.slug)).all()
    words = {word for row in (*cells, *places) for word in row if not word.isdigit()}
    return sorted(words - {"11-12", "13-15", "16-17", "18-24", "all"}, key=len, reverse=True)


def _numbers_in(page: str, labels: list[str]) -> set[float]:
    """Return each number a reader, a screen reader or a script finds in the main part of a page."""
    main = _document(page).find(".//main")
    assert main is not None
    #: Where shapes are, and how they are drawn.
    geometry = {"d", "viewBox", "width", "height", "transform", "r", "cx", "cy", "x", "y", "class"}
    geometry |= {
        "href",
        "id",
        "for",
        "tabindex",
        "patternTransform",
        "fill",
        "stroke",
        "stroke-width",
    }
    said = []
    for element in main.iter():
        said += [element.text or "", element.tail or ""]
        said += [value for name, value in element.attrib.items() if name not in geometry]
    text = "\n".join(said)
    for label in labels:
        text = text.replace(label, " ")
    # Terms and days are dates, not numbers about people.
    text = re.sub(r"20\d\d-(spring|summer|autumn)|\d{0,2} ?[A-Z][a-zé]+ 20\d\d|map_0", " ", text)
    return {float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\.?\d*(?<!,)", text)}


def _numbers_of_the_cube(db, city) -> set[float]:
    """Return every cell of a city's releases, and each sum, ratio and count the pages may make."""
    releases = db.scalars(select(ReachRelease).filter_by(city_id=city.id)).all()
    allowed: set[float] = set(SAID_BY_HAND) | set(CLASS_STARTS)
    allowed |= {start - 1 for start in CLASS_STARTS}
    for release in releases:
        allowed |= {round(release.rho, 3)}
        tables: dict[str, list[ReachCell]] = {}
        for cell in release.cells:
            tables.setdefault(cell.table, []).append(cell)
            allowed |= _numbers_of(cell.learners, cell.young_people)
        for cells in tables.values():
            allowed |= {len(cells), sum(cell.learners is not None for cell in cells)}
        allowed |= _numbers_of_the_gap(tables["decile"])
        allowed |= _numbers_of_fifths(tables)
        allowed |= _numbers_of_the_index(tables["decile"])
    return allowed


def _numbers_of_the_gap(deciles: list[ReachCell]) -> set[float]:
    rates = []
    for fifth in ((1, 2), (9, 10)):
        cells = [cell for cell in deciles if cell.decile in fifth]
        if all(cell.learners is not None and cell.young_people for cell in cells):
            learners = sum(cell.learners or 0 for cell in cells)
            rates.append(1000 * learners / sum(cell.young_people or 0 for cell in cells))
    ratio = {round(rates[0] / rates[1], 2)} if len(rates) == 2 else set()
    apart = {abs(round(rates[1] - rates[0]))} if len(rates) == 2 else set()
    return {round(rate) for rate in rates} | ratio | apart


def _numbers_of_fifths(tables: dict[str, list[ReachCell]]) -> set[float]:
    """Return the rates of sums over the fifths, and the shares of those who came, in percent."""
    came = [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10)]
    bases = [[c for c in tables["decile"] if c.decile in fifth] for fifth in came]
    bases = [cells for cells in bases if cells]
    allowed: set[float] = set()
    for table in ("depth", "before", "holiday", "funded", "category"):
        for key in {cell.cell.partition(":")[2] for cell in tables[table]}:
            cells = [cell for cell in tables[table] if cell.cell.endswith(f":{key}")]
            groups = [(cells, [c for base in bases for c in base])]
            groups += [([cell], base) for cell, base in zip(cells, bases, strict=True)]
            for some, base in groups:
                part, living, whole = _sum(some, "learners"), _sum(some, "young_people"), _sum(base)
                if part is not None and living:
                    allowed.add(round(1000 * part / living))
                if part is not None and whole is not None and whole >= 25:
                    allowed.add(min(round(100 * part / whole), 100))
    return allowed


def _numbers_of_the_index(deciles: list[ReachCell]) -> set[float]:
    """Return each representation ratio; the index itself where no decile is hidden."""
    came, living = _sum(deciles), _sum(deciles, "young_people")
    if not came or not living:
        return set()
    ratios = {
        round((cell.learners or 0) / came / ((cell.young_people or 0) / living), 2)
        for cell in deciles
    }
    cells = [
        Cell(c.cell, c.label, c.learners, c.young_people, c.decile, c.of_table.variance)
        for c in deciles
    ]
    found = concentration(cells)
    interval = (found.index, found.low, found.high) if found else ()
    return ratios | {abs(round(number, 2)) for number in interval}


def _sum(cells: list[ReachCell], what: str = "learners") -> int | None:
    numbers = [getattr(cell, what) for cell in cells]
    return None if None in numbers else sum(numbers)


def _numbers_of(learners, young_people) -> set[float]:
    numbers = {number for number in (learners, young_people) if number is not None}
    if learners is not None and young_people:
        numbers.add(round(1000 * learners / young_people))
    return numbers


def test_the_drawing_is_well_formed(officer):
    page = officer.get("/reach").text
    svg = page[page.index('<svg class="areas"') : page.index("</svg>", page.index("areas")) + 6]

    assert ElementTree.fromstring(svg).get("role") == "img"
