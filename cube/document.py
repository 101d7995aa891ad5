"""A release as one document: what is signed, and what an auditor checks the signature of."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from cube.models import ReachCell, ReachRelease, ReachTable


def as_document(
    release: ReachRelease,
    city_slug: str,
    tables: Iterable[ReachTable],
    cells: Iterable[ReachCell | Mapping[str, Any]],
) -> bytes:
    """Return the bytes that are signed: every number of a release, and how it was made.

    The same release gives the same bytes, whenever it is asked.
    """
    named: dict[str, dict[str, Any]] = {
        table.table: {
            "variance": table.variance,
            "smallest_shown": table.smallest_shown,
            "most_cells_of_a_learner": table.most_cells,
            "cells": {},
        }
        for table in tables
    }
    for cell in cells:
        row = cell if isinstance(cell, Mapping) else _row(cell)
        named[row["table"]]["cells"][row["cell"]] = [row["learners"], row["young_people"]]
    document = {
        "format": "tirnod-reach-release",
        "release": str(release.uuid),
        "city": city_slug,
        "period": release.period,
        "starts_on": release.starts_on.isoformat(),
        "ends_on": release.ends_on.isoformat(),
        "version": release.version,
        "reason": release.reason,
        "deprivation": release.deprivation_edition,
        "population": release.population_source,
        "areas": release.areas_digest,
        "rho": release.rho,
        "tables": named,
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _row(cell: ReachCell) -> dict[str, Any]:
    names = ("table", "cell", "learners", "young_people")
    return {name: getattr(cell, name) for name in names}
