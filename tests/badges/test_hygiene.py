"""The judge of badges: each finding where it belongs, and few where it does not."""

from dataclasses import replace

import pytest

from badges.hygiene import BadgeFacts, Flaw, flaws_of, names_with_a_double

SOUND = BadgeFacts(
    name="Clay Hand",
    description="Our taster at the wheel.",
    criteria="Come once and make one thing of clay.",
    has_skills=True,
    is_earned=True,
    weeks_running=20,
    days_run=9,
)


def test_a_sound_badge_has_no_flaw():
    assert flaws_of(SOUND) == []


@pytest.mark.parametrize(
    ("given", "flaw"),
    [
        pytest.param({"criteria": "Skill with clay"}, Flaw.NO_DEED, id="no deed"),
        pytest.param(
            {"name": "Make a pot", "criteria": "Make a pot"}, Flaw.SAYS_ITS_NAME, id="same"
        ),
        pytest.param(
            {"name": "Clay Hand", "criteria": "The Clay Hand badge."},
            Flaw.SAYS_ITS_NAME,
            id="badge",
        ),
        pytest.param({"criteria": "Our taster at the wheel"}, None, id="see copied"),
        pytest.param({"has_skills": False}, Flaw.NO_SKILLS, id="no skills"),
        pytest.param({"is_earned": False}, Flaw.NEVER_EARNED, id="never earned"),
        pytest.param({"is_of_one_day": True}, Flaw.ONE_DAY, id="one day"),
        pytest.param({"criteria": "Make a pot. " * 26}, Flaw.TOO_LONG, id="too long"),
        pytest.param({"criteria": "Make a pot and reach the pass mark."}, Flaw.PROMISES_GRADE),
    ],
)
def test_each_flaw_is_found_alone(given, flaw):
    if flaw is None:
        assert flaws_of(replace(SOUND, **given)) == [Flaw.NO_DEED, Flaw.COPIED]
    else:
        assert flaws_of(replace(SOUND, **given)) == [flaw]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"is_earned": False, "weeks_running": 7}, id="it has not run for long"),
        pytest.param({"is_earned": False, "weeks_running": 0}, id="nothing gives it yet"),
        pytest.param({"is_of_one_day": True, "days_run": 1}, id="it ran on one day alone"),
        pytest.param({"criteria": "Make a pot. " * 25}, id="just short enough"),
    ],
)
def test_what_has_a_plain_reason_is_no_flaw(given):
    assert flaws_of(replace(SOUND, **given)) == []


@pytest.mark.parametrize(
    "criteria",
    [
        "Take the quiz and score at least 8",
        "Reach grade 5 on your instrument",
        "Get a level 3 score",
        "Answer 8 out of 10 questions",
        "Get 70% in the test",
        "Pass the exam at the end",
        "Finish with a distinction",
        "Come and get full marks",
        "Dewch i'r prawf a chael y marciau llawn",
        "Ennill gradd A",
        "Cael sgôr o 8",
    ],
)
def test_a_promise_of_a_grade_is_noticed(criteria):
    assert Flaw.PROMISES_GRADE in flaws_of(replace(SOUND, criteria=criteria))


@pytest.mark.parametrize(
    "criteria",
    [
        "Draw a Grade II listed house",
        "Show people round a Grade 1 building",
        "Play one match and try to score",
        "Keep score for one game",
        "Play from the score with the band",
        "Make your mark on the mural",
        "Come to 80% of the rehearsals",
        "Spend one night at the climbing wall, on any level",
        "Cerddwch 10 milltir ar 20 gradd",
    ],
)
def test_words_that_only_sound_like_a_grade_are_left_alone(criteria):
    assert Flaw.PROMISES_GRADE not in flaws_of(replace(SOUND, criteria=criteria))


@pytest.mark.parametrize(
    ("names", "doubles"),
    [
        ([], []),
        (["Clay Hand"], [False]),
        (["Clay Hand", "clay  hands", "Glaze"], [True, True, False]),
        (["Clay Hand badge", "The Clay Hand"], [True, True]),
        (["Step 1", "Step 2", "Step 10"], [False, False, False]),
        (["Film Crew I", "Film Crew II"], [False, False]),
        (["Junior Cook", "Senior Cook"], [False, False]),
        (["Cake Maker", "Cake Baker"], [False, False]),
    ],
)
def test_names_that_are_nearly_the_same_are_told_from_steps(names, doubles):
    assert names_with_a_double(names) == doubles


def test_a_badge_with_a_double_says_so():
    assert flaws_of(SOUND, has_double=True) == [Flaw.NAMES_ALIKE]
