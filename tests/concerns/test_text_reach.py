"""The text-reach matrix: complete, true to the pages, and without a path from an adult to one child."""

import pytest
from marshmallow import Schema, fields
from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from app.db import Base
from concerns import text_reach
from tests.databases import ROOT
from tests.test_house import STEP

MATRIX = text_reach.read_matrix()
ROOMS = set(STEP)


def own_forms():
    return [each for each in text_reach.forms() if each.__module__.split(".")[0] in ROOMS]


def columns():
    return text_reach.columns_of(Base.metadata)


def test_every_text_and_every_box_is_accounted_for(app):
    assert text_reach.gaps(MATRIX, columns(), text_reach.boxes_of(own_forms())) == []


def test_no_adult_reaches_one_child_with_nobody_in_between():
    assert text_reach.open_paths(MATRIX) == []


def test_the_pages_that_show_a_text_are_there(app):
    named = {page for reach in MATRIX.reaches.values() for page in reach.where}

    assert named - set(app.view_functions) == set()
    shown = {"everyone", "child", "writer"}
    assert [
        each for each, reach in MATRIX.reaches.items() if reach.to in shown and not reach.where
    ] == []


def test_the_page_of_the_matrix_is_what_the_code_says():
    """Write it anew with `flask concerns text-reach > docs/text-reach.md`."""
    assert (ROOT / "docs" / "text-reach.md").read_text() == text_reach.as_page(MATRIX)


def test_a_new_text_stops_the_tests_until_somebody_says_who_reads_it():
    metadata = MetaData()
    Table(
        "booking",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("reply_to_learner", Text),
        Column("notes", JSONB),
        Column("picture", LargeBinary),
    )

    found = text_reach.columns_of(metadata)

    assert found == {"booking.reply_to_learner", "booking.notes", "booking.picture"}
    assert text_reach.gaps(MATRIX, columns() | found, set(MATRIX.boxes)) == [
        "booking.notes is not in text_reach.toml",
        "booking.picture is not in text_reach.toml",
        "booking.reply_to_learner is not in text_reach.toml",
    ]


def test_a_new_box_and_one_that_is_gone_are_seen():
    class Whisper(Schema):
        words = fields.String()
        number = fields.Integer()
        uuid = fields.UUID()

    boxes = text_reach.boxes_of([Whisper]) | set(MATRIX.boxes)
    gone = sorted(MATRIX.boxes)[0]

    assert text_reach.gaps(MATRIX, columns(), boxes - {gone}) == [
        f"the box {gone} is there no more",
        f"the box {__name__}.Whisper.words is not in text_reach.toml",
    ]


@pytest.mark.parametrize(
    ("said", "is_open"),
    [
        ('by = "member", to = "child"', True),
        ('by = "member", to = "child", kept = "reportable, screened"', True),
        ('by = "member", to = "child", kept = "reportable, officers_read"', True),
        ('by = "member", to = "child", kept = "screened, second_adult"', True),
        ('by = "member", to = "child", kept = "screened, second_adult, reportable"', False),
        ('by = "officer", to = "child", kept = "screened, officers_read, reportable"', False),
        ('by = "adult", to = "child", kept = "screened, asked_for, reportable"', False),
        ('by = "learner, adult", to = "child"', True),
        ('by = "anyone", to = "child"', True),
        ('by = "learner", to = "child"', False),
        ('by = "code", to = "child", kept = "templated"', False),
        ('by = "member", to = "everyone", kept = "reportable"', True),
        ('by = "member", to = "everyone", kept = "screened"', True),
        ('by = "member", to = "everyone", kept = "screened, reportable"', False),
        ('by = "member", to = "adults"', False),
    ],
)
def test_what_leaves_an_adult_alone_with_a_child_is_an_open_path(said, is_open):
    matrix = text_reach.read_matrix(f'[columns]\n"a.b" = {{ {said} }}\n')

    assert text_reach.open_paths(matrix) == (["a.b"] if is_open else [])


@pytest.mark.parametrize(
    "said", ['by = "ghost", to = "adults"', 'by = "", to = "adults"', 'by = "code", to = "dogs"']
)
def test_a_word_that_nobody_explained_is_refused(said):
    with pytest.raises(ValueError, match=r"a\.b"):
        text_reach.read_matrix(f'[columns]\n"a.b" = {{ {said} }}\n')


def test_the_command_says_that_all_is_well(app):
    answer = app.test_cli_runner().invoke(args=["concerns", "text-reach"])

    assert (answer.exit_code, answer.output) == (0, text_reach.as_page(MATRIX))
