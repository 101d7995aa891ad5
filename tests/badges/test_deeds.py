"""The rule of thumb for criteria: generous to what people really write, deaf to mere praise."""

import tomllib

import pytest

from badges.deeds import names_a_deed
from tests.databases import ROOT

DEEDS = [
    "Attended three sessions.",
    "You will be able to tie three knots",
    "For completing the induction",
    "Awarded for taking part in the litter pick",
    "Learner has planned and delivered an event",
    "Two hours of coaching younger players",
    "Works one shift on the till",
    "10 hours volunteering",
    "Playing in a match",
    "Set up a stall",
    "Code a game",
    "Walk the trail from end to end",
    "Whittle a spoon",
    "Abseil the wall",
    "Six sessions: build, test and fly a kite",
    "1) Safety talk 2) Cut a joint",
    "This badge shows that the holder has handled tools safely.",
    "MAKE ONE THING",
    "Dewch i dri sesiwn a gwnewch bot.",
    "Helpu yn y gegin am fore",
    "Tro cyntaf ar y llwyfan: canwch un gân",
    "Gorffen y cwrs a dangos dy waith",
    "Mae'r dysgwr wedi cwblhau tair sesiwn",
    "Bod yn bresennol a chymryd rhan",
    "Wnest ti helpu i lanhau'r traeth",
    "Dere unwaith a chreu un peth",
    "Wedi plannu pum coeden",
]
NO_DEEDS = [
    "",
    "...",
    "Pottery",
    "Digital skills and confidence",
    "Excellent attitude",
    "Good teamwork",
    "Commitment and enthusiasm",
    "Level 2 cookery",
    "Awarded to our best volunteers",
    "Participation",
    "Attendance",
    "Being brilliant",
    "Good work and teamwork",
    "Five sessions",
    "Half a day",
    "For the most positive person",
    "Confidence, resilience and creativity",
    "Outstanding achievement in design",
    "Training programme",
    "Digital learning",
    "Team player",
    "A positive attitude towards others",
    "The highest standard",
    "First aid",
    "Agwedd dda",
    "Gwaith tîm",
    "Hyder a chyfeillgarwch",
    "Diogelwch tân",
    "Sgiliau digidol",
    "Ffotograffiaeth",
]


@pytest.mark.parametrize("criteria", DEEDS)
def test_what_somebody_does_is_recognised(criteria):
    assert names_a_deed(criteria)


@pytest.mark.parametrize("criteria", NO_DEEDS)
def test_what_is_only_a_thing_or_praise_is_not(criteria):
    assert not names_a_deed(criteria)


def test_no_criteria_of_the_sample_city_raises_a_false_alarm():
    ideas = tomllib.loads((ROOT / "demo" / "texts" / "ideas.toml").read_text())["idea"]

    assert len(ideas) > 100
    assert [idea["criteria"] for idea in ideas if not names_a_deed(idea["criteria"])] == []


def test_any_text_is_answered():
    for text in ("\0", "🏅" * 500, "a" * 100_000, "-ing ed wch y ies", "é\u0301", "\u2019" * 3):
        assert names_a_deed(text) is False
