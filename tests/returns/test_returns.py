"""Each number of a return is followed to its cells and worked out again from them."""

import csv
from io import BytesIO, StringIO
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import page as checker
import pikepdf
import pytest
from sqlalchemy import select

from accounts.models import Role
from cube.models import ReachCell, ReachRelease
from cube.service import correct
from returns.document import Name
from tests import factories
from tests.returns.there import MONTH, TERM, YEAR, city_with_releases, publish
from tests.returns.tracing import cells_in, in_words, numbers_on, strays_on, worked_out

RETURNS = [f"/reach/returns/{name}" for name in Name]
WITH_NUMBERS = [f"{path}?period={YEAR.code}" for path in RETURNS]
WITH_NUMBERS.append(f"{RETURNS[2]}?period={TERM.code}")


@pytest.fixture
def york(app, db):
    with app.test_request_context():
        city, areas = city_with_releases()
        db.commit()
    return city, areas


@pytest.fixture
def officer(york, sign_in):
    return sign_in(factories.officer(of=york[0]))


@pytest.mark.parametrize("path", WITH_NUMBERS)
def test_each_number_about_people_is_what_its_cells_come_to(officer, db, path):
    answer = officer.get(path)

    shown = numbers_on(answer.text)
    assert len(shown) > 10
    assert [each.words for each in shown] == [in_words(db, each) for each in shown]


@pytest.mark.parametrize("before", ["", "/cy"])
@pytest.mark.parametrize("path", WITH_NUMBERS)
def test_no_number_stands_in_a_return_without_saying_where_it_is_from(officer, path, before):
    answer = officer.get(before + path)

    assert answer.status_code == 200
    assert strays_on(answer.text) == set()


def test_a_number_that_names_no_cell_would_be_found(officer, db):
    page = officer.get(WITH_NUMBERS[0]).text
    in_words_ = page.replace("</main>", "<p>104 came</p></main>", 1)
    in_table = page.replace("<tbody>", '<tbody><tr><td class="n">104,729</td></tr>', 1)
    first = numbers_on(page)[0]
    changed = page.replace(f"<span>{first.words} ", "<span>104 ", 1)

    assert strays_on(in_words_) == {"104"}
    assert strays_on(in_table) == {"104", "729"}
    assert [each.words for each in numbers_on(changed)] != [
        in_words(db, each) for each in numbers_on(changed)
    ]


@pytest.mark.parametrize("path", WITH_NUMBERS)
def test_the_file_says_the_same_and_names_the_cells(officer, db, path):
    rows = _rows(officer, path)
    people = [row for row in rows if row["about"] == "people"]

    said = [(row["number"], row["hidden"]) for row in people]
    assert said == [_written(_of_row(db, row)) for row in people]
    assert len(people) == len(numbers_on(officer.get(path).text))
    assert {row["about"] for row in rows} <= {"people", "public"}
    assert [row for row in rows if row["about"] == "public" and row["cells"]] == []


@pytest.mark.parametrize("before", ["", "/cy"])
@pytest.mark.parametrize("path", WITH_NUMBERS[:4])
def test_on_paper_it_is_sound_and_leads_to_the_cells(officer, db, path, before):
    answer = officer.get(before + path.replace("?", ".pdf?"))

    assert answer.mimetype == "application/pdf"
    report = checker.validate_pdf_bytes(answer.data, profile=checker.ValidationProfile.PDF_UA_1)
    assert [f"{failure.rule_id}: {failure.message}" for failure in report.failures] == []
    with pikepdf.open(BytesIO(answer.data)) as document:
        assert str(document.Root.Lang) == (before.strip("/") or "en")
        links = [str(link.A.URI) for link in _links(document) if "/A" in link and "/URI" in link.A]
    shown = numbers_on(officer.get(path).text)
    assert {_cell_at(link) for link in links} == {
        cell for each in shown for cell in (*each.parts, *each.of)
    }
    cells_in(db, {_cell_at(link) for link in links})


def test_each_cell_has_a_page_that_says_its_number(officer, york, db):
    release = _release(db, york[0], YEAR.code)
    cells = db.scalars(select(ReachCell).filter_by(release_id=release.id)).all()
    for cell in cells[:: len(cells) // 25]:
        page = officer.get(f"/reach/returns/cell/{release.uuid}/{cell.table}/{cell.cell}")

        number = "Fewer than" if cell.learners is None else f'id="learners">{cell.learners:,}<'
        assert page.status_code == 200, cell.cell
        assert number in page.text
    for table in {cell.table for cell in cells}:
        one = next(cell for cell in cells if cell.table == table)
        for before in ("", "/cy"):
            at = f"{before}/reach/returns/cell/{release.uuid}/{table}/{one.cell}"
            assert officer.get(at).status_code == 200


def test_the_file_of_a_release_is_all_of_it_in_that_version(officer, york, db):
    release = _release(db, york[0], YEAR.code)
    cells = len(release.cells)

    lines = officer.get(f"/reach/table.csv?release={release.uuid}").text.splitlines()

    assert len(lines) == 1 + cells


def test_a_cell_of_another_city_is_as_one_that_is_not_there(officer, york, db, sign_in):
    release = _release(db, york[0], YEAR.code)
    at = f"/reach/returns/cell/{release.uuid}"
    assert officer.get(f"{at}/city/all").status_code == 200
    assert officer.get(f"{at}/city/nobody").status_code == 404
    assert officer.get(f"{at}/user_account/all").status_code == 404
    stranger = sign_in(factories.officer(of=factories.city(name="Elsewhere")))

    theirs = stranger.get(f"{at}/city/all")
    nowhere = stranger.get(f"/reach/returns/cell/{uuid4()}/city/all")
    assert theirs.status_code == nowhere.status_code == 404
    assert _same(theirs) == _same(nowhere)
    assert stranger.get(f"/reach/table.csv?release={release.uuid}").status_code == 404


def test_only_the_authority_comes_in(york, sign_in, client):
    learner = sign_in(factories.learner())
    for path in ("/reach/returns", *RETURNS, f"{RETURNS[0]}.csv", f"{RETURNS[0]}.pdf"):
        assert learner.get(path).status_code == 403


@pytest.mark.parametrize("period", [MONTH.code, "2030-summer", "nonsense", "%00"])
def test_a_return_is_of_a_released_year_or_term(officer, york, db, period):
    publish(*york, MONTH)
    db.commit()

    assert officer.get(f"{RETURNS[0]}?period={period}").status_code == 404
    assert officer.get(f"{RETURNS[0]}.csv?period={period}").status_code == 404


def test_the_last_school_year_comes_first_and_a_term_says_what_it_has_not(officer):
    assert YEAR.name in officer.get(RETURNS[3]).text
    of_a_term = officer.get(f"{RETURNS[3]}?period={TERM.code}").text

    assert numbers_on(of_a_term) == []
    assert f"?period={YEAR.code}" in of_a_term


def test_a_correction_says_so_and_the_version_before_stays(officer, york, db):
    first = _release(db, york[0], TERM.code)
    publish(*york, TERM, seed=8, act=correct, reason="A register was wrong.")
    db.commit()

    page = officer.get(f"{RETURNS[1]}?period={TERM.code}").text

    assert "A register was wrong." in page
    assert "version 2" in page
    assert all(part[0] != str(first.uuid) for each in numbers_on(page) for part in each.parts)
    assert f"/reach/table.csv?release={first.uuid}" in page
    assert officer.get(f"/reach/returns/cell/{first.uuid}/city/all").status_code == 200


def test_what_is_hidden_is_said_and_why(officer):
    page = officer.get(RETURNS[0]).text

    assert "numbers about people in this return are hidden" in page
    assert "so that nobody can be recognised" in page
    assert any(each.words == "Not shown" for each in numbers_on(page))
    assert any(each.words.startswith("Fewer than") for each in numbers_on(page))


def test_who_belongs_to_no_city_chooses_one_and_keeps_it(york, sign_in):
    admin = sign_in(factories.adult(Role.PLATFORM_ADMIN))
    slug = york[0].slug

    assert f"{RETURNS[0]}?city={slug}" in admin.get(RETURNS[0]).text
    assert admin.get(f"{RETURNS[0]}.csv").status_code == 404
    shown = admin.get(f"{RETURNS[0]}?city={slug}").text
    assert f"/city/all?city={slug}" in shown or f"?city={slug}" in shown
    assert f"{RETURNS[0]}.pdf?city={slug}" in shown


def test_before_any_release_it_says_so(db, sign_in):
    officer = sign_in(factories.officer(of=factories.city()))
    for path in ("/reach/returns", *RETURNS):
        assert "Nothing has been released yet" in officer.get(path).text
    assert officer.get(f"{RETURNS[0]}.pdf").status_code == 404


def _rows(officer, path):
    text = officer.get(path.replace("?", ".csv?")).text.removeprefix("\ufeff")
    return list(csv.DictReader(StringIO(text)))


def _of_row(db, row):
    def names(table, cells):
        return [(row["release"], row[table], cell) for cell in row[cells].split()]

    return worked_out(db, row["unit"], names("table", "cells"), names("of_table", "of_cells"))


def _written(number):
    if number is None:
        return "", "yes"
    return str(round(number, 4) if number % 1 else int(number)), "no"


def _links(document):
    return [link for page in document.pages for link in page.get("/Annots", [])]


def _cell_at(link):
    return tuple(unquote(urlsplit(link).path).split("/")[-3:])


def _release(db, city, period):
    return db.scalar(select(ReachRelease).filter_by(city_id=city.id, period=period))


def _same(answer):
    return answer.text.split("<main")[1].split("</main>")[0]
