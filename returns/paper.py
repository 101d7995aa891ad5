"""A return on paper: the same numbers, and an appendix that names the cells of each."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from app import paper
from cube.cells import Cell
from cube.queries import Released
from returns import wording
from returns.document import Return, Section, Table, Value
from returns.tracing import Parts, People

_TEMPLATE = Path(__file__).with_name("paper.typ")
#: Says the whole address of the page of a cell.
Address = Callable[[Parts, Cell], str]


def as_pdf(
    made: Return, term: Released, *, city: str, facts: list[str], address: Address, language: str
) -> bytes:
    """Return a PDF with tags, a title and its language.

    :param facts: of the release, a sentence each.
    """
    told = {
        "title": made.title,
        "lead": made.lead,
        "facts": [f"{city}. {term.name}.", *facts],
        "sections": [_section(made, section) for section in made.sections],
        "not_known_title": _("What these numbers do not say"),
        "not_known": list(made.not_known),
        "hidden": wording.hidden_in(made),
        "hidden_title": _("What is hidden, and why"),
        "hidden_why": why_hidden(),
        "appendix_title": _("Where each number is from"),
        "appendix_lead": _("Each is a released cell, or cells added up."),
        "release": f"{_('Release')}: {term.uuid}",
        "appendix": [
            {"number": number, **_source(value, address)} for number, value in made.sources
        ],
    }
    return paper.set_on_paper(_TEMPLATE, {**told, "language": language})


def why_hidden() -> str:
    """Return why some numbers are hidden, in the words of page and paper."""
    return _(
        "A number that is small after chance was added is hidden, so that nobody can be recognised. "
        "A sum is not shown where a part of it is hidden, and a part of a whole not where the whole "
        "is below 25."
    )


def _section(made: Return, section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "paragraphs": list(section.paragraphs),
        "tables": [_table(made, table) for table in section.tables],
        "to_write": list(section.to_write),
    }


def _table(made: Return, table: Table) -> dict[str, Any]:
    return {
        "caption": table.caption,
        "heads": list(table.heads),
        "rows": [
            {"name": row.name, "values": [_value(made, value) for value in row.values]}
            for row in table.rows
        ],
        "note": table.note,
        "none": _("None."),
    }


def _value(made: Return, value: Value) -> dict[str, Any]:
    reference = made.reference(value) if isinstance(value, People) else 0
    return {"words": wording.shown(value), "reference": reference}


def _source(value: People, address: Address) -> dict[str, Any]:
    return {
        "parts": _cells(value.parts, address),
        "of": _cells(value.of, address) if value.of else None,
        "of_words": _("as a part of"),
    }


def _cells(parts: Parts, address: Address) -> dict[str, Any]:
    return {
        "table": parts.table,
        "words": wording.table_in_words(parts.table),
        "cells": [{"code": cell.code, "address": address(parts, cell)} for cell in parts.cells],
    }
