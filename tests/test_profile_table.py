"""The page that says where each thing is that the founding documents name."""

import re

import pytest

from tests.databases import ROOT

PAGE = (ROOT / "docs" / "learner-profile.md").read_text()
ROWS = [row.split(" | ") for row in PAGE.splitlines() if row.startswith("| ")][1:]
ASKED = ROOT.parent / "shared" / "design" / "features.md"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip("| "))
def test_every_address_answers_and_every_test_is_there(app, row):
    rules = {re.sub("<[^>]+>", "<>", rule.rule) for rule in app.url_map.iter_rules()}
    addresses = re.findall(r"`(/[^`]*)`", " ".join(row[1:-1]))
    shown_by = re.findall(r"`(tests/[^`]+)`", row[-1])

    assert [each for each in addresses if re.sub("<[^>]+>", "<>", each) not in rules] == []
    assert [each for each in shown_by if not _is_there(each)] == []
    assert shown_by


def test_every_command_is_there(app):
    named = re.findall(r"`flask ([a-z-]+) ([a-z-]+)", PAGE)

    assert [each for each in named if each[1] not in app.cli.commands[each[0]].commands] == []


def test_nothing_that_they_name_is_left_out():
    if not ASKED.exists():
        pytest.skip("The founding documents are not beside the project.")
    section = ASKED.read_text().partition("\n## 5.")[2].partition("\n## 6.")[0]
    asked = re.findall(r"^\| ([^|]+) \|", section, re.M)[2:]
    told = " ".join(PAGE.lower().split())
    left_out = [row for row in asked if not any(word in told for word in _words_of(row))]

    assert left_out == []


#: Of these nothing is to be shown: whom they quote, and what was decided at the beginning.
_CONTEXT = ("Parentkind", "Design card")


def _words_of(row: str) -> list[str]:
    """Return what a row is known by: its first words in bold or slanted letters, or its first words."""
    if any(each in row for each in _CONTEXT):
        return [""]
    named = re.findall(r"\*{1,2}([^*]+)\*{1,2}", row) or [row]
    return [re.split(r"[(,;:\u2013/]| and ", each)[0].strip().lower() for each in named]


def _is_there(test: str) -> bool:
    path, _sep, name = test.partition("::")
    file = ROOT / path
    return file.exists() and (not name or f"def {name}(" in file.read_text())
