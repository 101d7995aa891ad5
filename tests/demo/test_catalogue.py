"""What the demo says: names and texts that young people will read."""

import re
from random import Random

import pytest

from badges.art import icon_names
from demo.catalogue import hosts, ideas, learner_names
from demo.landscape import WARDS_NORTH, WARDS_SOUTH
from opportunities.models import Category, OpportunityKind
from providers.models import ProviderKind

#: No badge says how well somebody did, beside others or by a mark.
_MARKS = re.compile(
    r"\b(grades?|ranks?|ranking|score|points|winner|first place|gold|silver|bronze)\b", re.I
)


def test_there_is_plenty_to_choose_from():
    assert len({idea.title for idea in ideas()}) == len(ideas()) >= 60
    assert len({idea.description for idea in ideas()}) == len(ideas())
    assert len({idea.badge for idea in ideas()}) == len(ideas())
    assert {idea.kind for idea in ideas()} == set(OpportunityKind)
    assert {idea.category for idea in ideas()} == set(Category)


def test_forty_providers_of_all_kinds_but_schools_and_two_that_wait():
    assert [len([host for host in hosts() if host.awaits is waits]) for waits in (False, True)] == [
        40,
        2,
    ]
    assert {host.kind for host in hosts() if not host.awaits} == {*ProviderKind} - {
        ProviderKind.SCHOOL
    }
    assert len({host.name for host in hosts()}) == len(hosts())
    assert {site.ward for host in hosts() for site in host.sites} <= {*WARDS_NORTH, *WARDS_SOUTH}


def test_every_idea_has_somebody_in_the_city_who_would_offer_it():
    assert [
        idea.title for idea in ideas() if not any(host.would_offer(idea) for host in hosts())
    ] == []


@pytest.mark.parametrize("idea", ideas(), ids=lambda idea: idea.badge)
def test_an_idea_is_short_plain_and_without_marks(idea):
    words = f"{idea.title} {idea.description} {idea.badge} {idea.about} {idea.criteria}"

    assert not _MARKS.search(words), words
    assert "!" not in words
    assert len(idea.title) <= 45
    assert 40 <= len(idea.description) <= 200
    assert idea.icon in icon_names()
    assert 1 <= idea.level <= 4
    assert 11 <= idea.ages[0] < idea.ages[1] <= 24


def test_learners_are_called_as_people_of_a_mixed_city_are():
    names = learner_names(Random("names"), 2_000)

    assert len(set(names)) > 120
    assert {"Seren", "Jakub", "Simran", "Yusuf", "Ruby"} <= set(names)
    assert all(re.fullmatch(r"\w+", name) for name in names)
