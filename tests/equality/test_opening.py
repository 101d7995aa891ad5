"""Answers are opened for the release alone, once for each, and that is written down."""

import ast

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from app.db import REPORT_ROLE
from app.errors import Conflict
from app.sealing import Locked
from equality import service
from equality.answers import Answers
from equality.models import EqualityOpening
from equality.opening import opened
from tests import factories
from tests.databases import ROOT
from tests.equality.test_answers import SECRET, TOLD, put, sealed_of, told
from tests.factories import NOW
from tests.test_house import STEP

FOR = {"release": "aberwennol 2025-26", "secret": SECRET, "now": NOW}


def test_the_release_reads_those_it_counts_and_says_that_it_did(db):
    one, two, noise = told(db), told(db, Answers(care=True)), told(db)
    silent = factories.learner()

    found = opened(db, [one.id, two.id, silent.id], **FOR)

    assert dict(found) == {one.uuid: TOLD, two.uuid: Answers(care=True)}
    assert noise.uuid not in dict(opened(db, [one.id], **FOR | {"release": "another"}))
    kept = db.scalars(select(EqualityOpening).order_by(EqualityOpening.id)).all()
    assert [(each.release, each.opened_at) for each in kept] == [
        ("aberwennol 2025-26", NOW),
        ("another", NOW),
    ]


def test_it_opens_once_for_a_release(db):
    learner = told(db)
    opened(db, [learner.id], **FOR)

    with pytest.raises(Conflict, match="before"):
        opened(db, [learner.id], **FOR)


def test_nothing_is_counted_where_one_was_altered(db):
    one, two = told(db), told(db)
    put(db, one, sealed_of(db, two))

    with pytest.raises(Locked):
        list(opened(db, [one.id, two.id], **FOR))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE equality_opening SET release = 'never'",
        "DELETE FROM equality_opening",
        "TRUNCATE equality_opening",
    ],
)
def test_that_it_was_opened_is_never_changed(db, change):
    opened(db, [told(db).id], **FOR)

    with pytest.raises(IntegrityError, match="never changed"), db.begin_nested():
        db.execute(text(change))


@pytest.mark.parametrize("table", ["equality_answer", "equality_opening"])
def test_the_report_role_reads_nothing_of_it(db, table):
    told(db)
    db.execute(text(f"SET LOCAL ROLE {REPORT_ROLE}"))
    with pytest.raises(ProgrammingError, match="permission denied"), db.begin_nested():
        db.execute(text(f"SELECT 1 FROM {table}"))
    db.execute(text("RESET ROLE"))


#: Who may import what of this room, beside the room itself.
MAY = {
    "opening": {"cube"},
    # The demo writes many at once, and reads none.
    "models": {"demo"},
    "locking": {"demo"},
    # A learner's own answers, for what they take along.
    "queries": {"portable"},
}


def test_only_the_release_opens_what_learners_told():
    """Whoever comes to read it shows up here."""
    importers = {part: set() for part in MAY}
    for room in {*STEP, "cube"} - {"equality"}:
        for file in (ROOT / room).rglob("*.py"):
            for part in _parts_imported(file.read_text()) & {*MAY}:
                importers[part].add(room)

    strangers = {part: rooms - MAY[part] for part, rooms in importers.items()}
    assert not any(strangers.values()), strangers
    asking = [
        str(file.relative_to(ROOT))
        for room in {*STEP, "cube"} - {"equality", "portable"}
        for file in (ROOT / room).rglob("*.py")
        if "equality_answer" in file.read_text()
    ]
    assert asking == []


def test_an_import_is_seen_however_it_is_written():
    said = "import equality.opening as a\nfrom equality import queries\nfrom equality.models import E\n"

    assert _parts_imported(said) == {"opening", "queries", "models"}


def _parts_imported(code: str) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name.split(".")[1] for name in names if name.startswith("equality.")}


def test_withdrawn_is_not_opened(db):
    learner, noise = told(db), told(db)
    service.take_back(db, learner=learner)

    assert dict(opened(db, [learner.id, noise.id], **FOR)) == {noise.uuid: TOLD}
