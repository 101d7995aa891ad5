"""Bringing small lists in, as the pages and the command do."""

import csv
import io
import json

from sources import service
from sources.models import ImportedRow, Takes, Verdict
from sources.reading import kind_of
from tests import factories
from tests.factories import NOW, YORK

#: What one who brings a list in says once.
DEFAULTS = {
    "kind": "enrichment",
    "category": "sport",
    "min_age": 11,
    "max_age": 18,
    "places": 12,
    "cost_pence": 0,
}
ROW = {
    "id": "7",
    "title": "Make a pot",
    "description": "You will make a pot.",
    "kind": "enrichment",
    "category": "arts_and_culture",
    "min_age": "12",
    "max_age": "16",
    "date": "06/06/2026",
    "start": "10:00",
    "end": "12:00",
    "places": "8",
    "cost": "2.50",
    "place_name": "Kiln Yard",
    "address": "1 Kiln Lane",
    "town": "Testford",
    "postcode": "",
    "lat": str(YORK[1]),
    "lon": str(YORK[0]),
    "step_free": "yes",
    "url": "https://pots.example/1",
}


def table(*rows, **options):
    """Return a CSV file of rows, each a dictionary."""
    page = io.StringIO()
    writer = csv.DictWriter(page, fieldnames=list(rows[0]), **options)
    writer.writeheader()
    writer.writerows(rows)
    return page.getvalue().encode()


def as_json(value):
    return json.dumps(value).encode()


def source(db, provider=None, content=b"", kind=None, takes=Takes.ACTIVITIES, **given):
    if not given.get("address"):
        given.setdefault("file_name", "list")
    kind = kind or kind_of(io.BytesIO(content), given.get("file_name", ""))
    provider = provider or factories.provider()
    return service.add_source(
        db(), provider=provider, kind=kind, takes=takes, name="Their list", **given
    )


def bring(db, content, provider=None, now=NOW, defaults=DEFAULTS, columns=None, at="", **given):
    """Keep a list, and return the reading of it."""
    of = given.pop("of", None) or source(db, provider, content, **given)
    mapping = {"defaults": defaults} | ({"columns": columns} if columns else {})
    run = service.keep(db(), of, io.BytesIO(content), mapping, now, at=at)
    db.commit()
    return run


def try_out(db, content, provider=None, now=NOW, defaults=DEFAULTS, **given):
    of = given.pop("of", None) or source(db, provider, content, **given)
    run = service.try_out(db(), of, io.BytesIO(content), {"defaults": defaults}, now)
    db.commit()
    return run


def sums(run):
    """Return the sums of a reading that are not nought."""
    return {each.value: getattr(run, each.value) for each in Verdict if getattr(run, each.value)}


def told(db, run):
    """Return each row of a report: its number, verdict, column and reason."""
    rows = db.query(ImportedRow).filter_by(run_id=run.id).order_by(ImportedRow.position)
    return [(row.number, row.verdict.value, row.field, row.reason) for row in rows]


def refusals(db, run):
    return [row[2:] for row in told(db, run) if row[1] == "refused"]


def adds_up(db, run):
    """Say whether each row of the report is one of the sums, and the sums are the rows."""
    rows = told(db, run)
    counted = {each.value: sum(row[1] == each.value for row in rows) for each in Verdict}
    return len(rows) == run.rows and counted == {
        each.value: getattr(run, each.value) for each in Verdict
    }
