"""What next: off until it is turned on, by rules that can be read, and with reasons that are true."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from accounts.models import AgeBand, Role
from badges.models import Skill
from opportunities.models import Category
from profiles.models import SuggestionChoice
from profiles.queries import choice_of
from profiles.saved_service import choose_suggestions
from profiles.suggestions import suggestions_for
from tests import factories
from tests.factories import NOW, YORK

#: The clock of the tests stands on a Monday, one in the afternoon in London.
TUESDAY, THURSDAY = NOW + timedelta(days=1), NOW + timedelta(days=3)


@pytest.fixture
def learner(db):
    return factories.learner(home=factories.area())


def offer(title="Pottery", *, east=0.0, starts_at=TUESDAY, skills=(), **given):
    """Something on, so many hundredths of a degree east of home."""
    lon, lat = YORK
    given.setdefault("category", Category.ARTS_AND_CULTURE)
    if skills:
        given["achievement"] = factories.achievement(skills=list(skills))
    opportunity = factories.opportunity(
        title, place=factories.place(lon=lon + east / 100, lat=lat), **given
    )
    return factories.scheduled_session(opportunity=opportunity, starts_at=starts_at)


def tried(learner, **given):
    given.setdefault("starts_at", NOW - timedelta(days=5))
    scheduled = offer("Tried", **given)
    factories.booking(of=learner, on=scheduled)
    return scheduled


def suggested(db, learner, *, days=(), evenings=False, is_on=True):
    choose_suggestions(
        db, learner=learner, is_on=is_on, free_days=days, free_evenings=evenings, now=NOW
    )
    return suggestions_for(db, learner, choice_of(db, learner), now=NOW)


def titles(found):
    return [each.scheduled.opportunity.title for each in found]


def shown(page):
    return re.findall(r'class="next-title"[^>]*>([^<]*)<', page)


def test_nothing_is_suggested_to_whoever_never_chose_or_said_no(db, learner):
    offer()

    assert suggestions_for(db, learner, choice_of(db, learner), now=NOW) == []
    assert suggested(db, learner, is_on=False) == []


def test_first_a_skill_begun_then_something_new_then_the_nearest(db, learner):
    tried(learner, skills=[Skill.TEAMWORK], category=Category.ARTS_AND_CULTURE)
    offer("Nearest", east=0)
    offer("Second nearest", east=1)
    offer("New, farther", east=3, category=Category.SPORT)
    offer("New", east=2, category=Category.SPORT)
    offer("Same skill", east=4, skills=[Skill.PLANNING, Skill.TEAMWORK])

    found = suggested(db, learner)

    assert titles(found) == ["Same skill", "New", "Nearest"]
    assert found[0].reasons[0] == "It goes on with a skill you have begun: Teamwork."
    assert found[1].reasons[0] == "It is something new for you: Sport."
    assert found[2].reasons == ["It is near you: 0.1 miles."]


def test_where_a_rule_finds_nothing_the_nearest_take_its_place(db, learner):
    tried(learner, category=Category.ARTS_AND_CULTURE)
    for east in (3, 1, 2, 4):
        offer(f"{east} away", east=east)

    assert titles(suggested(db, learner)) == ["1 away", "2 away", "3 away"]


def test_what_is_far_for_others_or_booked_before_is_never_suggested(db, learner):
    booked = tried(learner)
    factories.scheduled_session(opportunity=booked.opportunity, starts_at=TUESDAY)
    offer("Far", east=100)
    offer("For adults", min_age=18)
    offer("Past", starts_at=NOW - timedelta(days=1))
    offer("Near")

    assert titles(suggested(db, learner)) == ["Near"]


def test_only_days_that_were_ticked_are_suggested_and_the_reason_says_so(sign_in, learner):
    offer("On Tuesday", starts_at=TUESDAY)
    offer("On Thursday", starts_at=THURSDAY)
    offer("On Thursday evening", east=1, starts_at=THURSDAY + timedelta(hours=5))
    client = sign_in(learner)

    client.post("/me/next", data={"choice": "on", "day": "4"})
    found = client.get("/me/next").text
    client.post("/me/next", data={"choice": "on", "day": "4", "evening": "1"})
    in_the_evening = client.get("/me/next").text

    assert shown(found) == ["On Thursday", "On Thursday evening"]
    assert found.count("You said that you are free then: Thursday.") == 2
    assert shown(in_the_evening) == ["On Thursday evening"]


def test_no_other_learner_changes_what_is_suggested(db, learner):
    offer("Near", category=Category.SPORT)
    offer("Farther", east=1, category=Category.SPORT)
    before = suggested(db, learner)
    for _ in range(3):
        other = factories.learner()
        tried(other, skills=[Skill.TEAMWORK], category=Category.SPORT)

    assert [(each.scheduled.id, each.reasons) for each in suggested(db, learner)] == [
        (each.scheduled.id, each.reasons) for each in before
    ]


def test_off_again_the_days_are_forgotten(db, learner):
    suggested(db, learner, days=[4, 4, 2], evenings=True)
    assert choice_of(db, learner).free_days == [2, 4]

    suggested(db, learner, days=[1], evenings=True, is_on=False)

    choice = choice_of(db, learner)
    assert (choice.is_on, choice.free_days, choice.free_evenings) == (False, [], False)


def test_the_database_knows_the_days_of_the_week(db, learner):
    db.add(SuggestionChoice(learner_id=learner.id, free_days=[8], changed_at=NOW))

    with pytest.raises(IntegrityError):
        db.flush()


def test_a_learner_turns_it_on_and_off_with_buttons_of_equal_weight(sign_in, db, learner):
    offer("Near")
    noise = factories.learner()
    client = sign_in(learner)

    off = client.get("/me/next").text
    turned_on = client.post("/me/next", data={"choice": "on", "day": ["2", "3"]})
    on = client.get("/me/next").text

    assert "Suggestions are off" in off
    assert "Near" not in off
    assert "checked" not in off
    buttons = re.findall(r'<button class="([^"]*)" name="choice" value="(\w+)"', off)
    assert buttons == [("btn", "on"), ("btn", "off")]
    assert (turned_on.status_code, turned_on.location) == (303, "/me/next")
    assert "It is near you: 0.1 miles." in on
    assert "You said that you are free then: Tuesday." in on
    assert [each.learner_id for each in db.scalars(select(SuggestionChoice))] == [learner.id]
    assert noise.id != learner.id


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"choice": "maybe"},
        {"choice": "on", "day": "8"},
        {"choice": "on", "day": "x"},
        {"choice": "on", "day": ["1"] * 8},
        {"choice": "on", "evening": "soon"},
    ],
)
def test_a_strange_choice_is_answered_in_a_sentence_and_changes_nothing(
    sign_in, db, learner, given
):
    page = sign_in(learner).post("/me/next", data=given)

    assert page.status_code == 422
    assert "There is a problem" in page.text
    assert choice_of(db, learner) is None


@pytest.mark.parametrize("role", [Role.PROVIDER_ADMIN, Role.GUARDIAN, Role.AUTHORITY_OFFICER])
def test_only_learners_are_given_suggestions(sign_in, role):
    assert sign_in(factories.adult(role)).get("/me/next").status_code == 403


def test_the_profile_suggests_nothing_while_it_is_off(sign_in, db, learner):
    offer("Near")

    page = sign_in(learner).get("/me").text

    assert "Near</a>" not in page
    assert "Look at what is on near you" in page
    assert page.count("data-next") == 1


def test_the_profile_shows_the_first_suggestion_once_it_is_on(sign_in, db, learner):
    offer("Near")
    suggested(db, learner)

    page = sign_in(learner).get("/me").text

    assert "Near</a>" in page
    assert "It is near you" in page


def test_the_profile_shows_a_booking_that_is_coming(sign_in, db, learner):
    factories.booking(of=learner, on=offer("Booked"))

    page = sign_in(learner).get("/me").text

    assert "Booked</a>" in page
    assert "You have a place." in page


@pytest.mark.parametrize("is_on", [False, True])
@pytest.mark.parametrize(
    "address", ["/", "/?category=sport&sort=soonest", "/?text=pottery", "/?age=14&within=10"]
)
def test_two_learners_of_an_area_see_the_same_list_whatever_they_did(
    client, sign_in, db, learner, address, is_on
):
    """P3: the search is the same for everyone who asks the same."""
    home = db.get_one(type(factories.area()), learner.home_lsoa_code)
    other = factories.learner(home=home, name="Other", age_band=AgeBand.FROM_16_TO_17)
    for east in range(6):
        category = Category.SPORT if east % 2 else Category.ARTS_AND_CULTURE
        offer(f"Pottery {east}", east=east, category=category, skills=[Skill.TEAMWORK])
    tried(learner, skills=[Skill.TEAMWORK], category=Category.SPORT)
    if is_on:
        sign_in(learner).post("/me/next", data={"choice": "on", "day": "2"})

    own = sign_in(learner).get(address).text
    others = sign_in(other).get(address).text

    assert _without_token(own) == _without_token(others)
    assert own.count('class="card"') > 1


def _without_token(page):
    return re.sub(r'name="csrf_token" value="[^"]*"', "", page)
