"""Follows each number of a return to the cells that it names, and works it out again from them.

Nothing of `returns` or `cube.cells` is used here: what they do wrong, this does not repeat.
"""

import re
from dataclasses import dataclass

import html5lib
from sqlalchemy import select

from cube.models import ReachCell, ReachRelease, ReachTable

#: What stands in a return whatever its numbers are: the law, its year, the benchmark, the ages.
SAID_BY_HAND = {"507", "1996", "6", "13", "19"}
_NOT_NUMBERS = {"th", "caption", "h1", "h2", "h3", "select", "code", "script"}


@dataclass(frozen=True)
class Shown:
    """A number about people as a page shows it, and the cells it says it is from."""

    words: str
    sort: str
    parts: tuple
    of: tuple


def main_of(page: str):
    return html5lib.parse(page, namespaceHTMLElements=False).find(".//main")


def numbers_on(page: str) -> list[Shown]:
    """Return every number about people that a page shows with a reference."""
    main = main_of(page)
    found = []
    for cell in main.iter("td"):
        if "data-from" in cell.attrib:
            number = cell.attrib["data-from"]
            reference = cell.find(".//a[@class='from']")
            assert reference.text == f"[{number}]"
            words = "".join(cell.itertext()).replace(reference.text, "").strip()
            parts, of = _cells_of(main.find(f".//*[@id='from-{number}']"))
            assert reference.attrib["href"] in (f"#from-{number}", _address(main, number))
            found.append(Shown(words, cell.attrib["data-sort"], parts, of))
    return found


def strays_on(page: str) -> set[str]:
    """Return every number that is neither public nor says where it is from."""
    words = " ".join(_words_of(main_of(page)))
    return set(re.findall(r"\d+", words)) - SAID_BY_HAND


def cells_in(db, parts) -> list:
    """Return the released cells of these names, each of which must be there."""
    found = []
    for release, table, cell in parts:
        row = db.execute(
            select(
                *(ReachCell.learners, ReachCell.young_people),
                *(ReachTable.smallest_shown, ReachRelease.city_id),
            )
            .join(ReachCell.of_table)
            .join(ReachTable.release)
            .where(ReachRelease.uuid == release, ReachCell.table == table, ReachCell.cell == cell)
        ).one()
        found.append(row)
    return found


def worked_out(db, sort: str, parts, of=()) -> float | None:
    """Return what the cells come to; `None` where one is hidden or the whole is below 25."""
    cells, whole = cells_in(db, parts), cells_in(db, of)
    counts = [cell.learners for cell in (*cells, *whole)]
    assert cells
    if None in counts:
        return None
    learners = sum(cell.learners for cell in cells)
    if sort == "count":
        return learners
    if sort == "per_1000":
        living = sum(cell.young_people for cell in cells)
        return round(1000 * learners / living)
    base = sum(cell.learners for cell in whole)
    return None if base < 25 else min(learners / base, 1)


def in_words(db, shown: Shown) -> str:
    """Return what a page should write of a number, in English."""
    number = worked_out(db, shown.sort, shown.parts, shown.of)
    if number is None:
        cells = cells_in(db, shown.parts)
        is_one = len(cells) == 1 and shown.sort != "share"
        return f"Fewer than {cells[0].smallest_shown}" if is_one else "Not shown"
    return f"{number:.0%}" if shown.sort == "share" else f"{number:,}"


def _cells_of(source) -> tuple[tuple, tuple]:
    """Return the cells of an entry of the list of sources: those added up, and the whole of a share."""
    parts: list = []
    of: list = []
    into = parts
    for element in source.iter():
        if element.tag == "a":
            names = ("data-release", "data-table", "data-cell")
            into.append(tuple(element.attrib[name] for name in names))
            if "as a part of" in (element.tail or ""):
                into = of
    return tuple(parts), tuple(of)


def _address(main, number: str) -> str:
    links = list(main.find(f".//*[@id='from-{number}']").iter("a"))
    return links[0].attrib["href"] if len(links) == 1 else ""


def _words_of(element):
    if (
        element.tag in _NOT_NUMBERS
        or "data-public" in element.attrib
        or "data-from" in element.attrib
        or element.attrib.get("class") == "sources"
    ):
        return
    yield element.text or ""
    for child in element:
        yield from _words_of(child)
        yield child.tail or ""
