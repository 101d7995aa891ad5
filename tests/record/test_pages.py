"""The story and the skills, as pages of their learner's alone."""

import pytest

from badges.models import Skill
from record.models import LineKind
from record.queries import line_named, strands_for
from tests import factories
from tests.plans.tries import said_to
from tests.record.there import badge, logged, seen, went

CHOSEN = {"shown": "yes", "counts": "yes", "strand": "own_work"}


@pytest.fixture
def learner(db):
    return factories.learner()


def test_the_profile_shows_each_strand_and_the_shape_of_each_skill(sign_in, db, learner):
    went(db, learner, title="Debate night", **badge(skills=[Skill.ORACY]))
    seen(db, learner, logged(db, learner, skills=[Skill.TEAMWORK]))
    db.commit()

    page = sign_in(learner).get("/me").text

    assert page.index("Foundations") < page.index("Broad learning") < page.index("Skills for")
    assert page.count("Debate night") == 2
    assert "Talking to a group: 1 thing this year. A group confirmed it: 1" in page
    assert "Teamwork: 1 thing this year. Someone saw it: 1" in page
    assert "Seen by Sam Lewis, runs the food bank" in page


def test_a_skill_says_what_is_missing_until_enough_is_there(sign_in, db, learner):
    me = sign_in(learner)
    gives = badge(skills=[Skill.TEAMWORK])
    for _time in range(3):
        went(db, learner, **gives)
    db.commit()
    early = me.get("/me/skills/teamwork").text
    seen(db, learner, logged(db, learner, skills=[Skill.TEAMWORK]))
    db.commit()
    later = me.get("/me/skills/teamwork").text

    assert "Not enough to say it yet" in early
    assert "Still to come: 1 more thing, 1 other place." in early
    assert "I have shown this: Teamwork." in later


def test_what_is_hidden_stays_in_ones_own_record(sign_in, db, learner):
    me = sign_in(learner)
    activity = logged(db, learner)
    db.commit()
    address = f"/me/story/logged/{activity.uuid}"

    hidden = me.post(address, data=CHOSEN | {"shown": "no"})

    assert hidden.status_code == 303
    assert "Sorted tins" not in me.get("/me/story").text
    assert "Sorted tins" in me.get("/me/story?hidden=1").text
    me.post(address, data=CHOSEN)
    assert "Sorted tins" in me.get("/me/story?strand=own_work").text
    assert "Sorted tins" not in me.get("/me/story?strand=broad").text


@pytest.mark.parametrize("missing", list(CHOSEN))
def test_what_is_not_chosen_is_asked_for(sign_in, db, learner, missing):
    activity = logged(db, learner)
    db.commit()
    given = {name: value for name, value in CHOSEN.items() if name != missing}

    assert sign_in(learner).post(f"/me/story/logged/{activity.uuid}", data=given).status_code == 422


@pytest.mark.parametrize("asked", ["strand=x", "skill=x", "before=x", "hidden=x", "other=x"])
def test_what_is_none_of_ours_shows_the_story(sign_in, db, learner, asked):
    logged(db, learner)
    db.commit()

    assert "Sorted tins" in sign_in(learner).get(f"/me/story?{asked}").text


def test_somebody_elses_line_looks_as_if_it_were_not_there(sign_in, db, learner):
    other = factories.learner()
    activity = logged(db, other)
    db.commit()
    me = sign_in(learner)

    for call in (me.get, lambda address: me.post(address, data=CHOSEN | {"shown": "no"})):
        assert call(f"/me/story/logged/{activity.uuid}").status_code == 404
    line = line_named(db, other, strands_for(db, other), LineKind.LOGGED, activity.uuid)
    assert not line.is_hidden


def test_the_year_before_is_a_page_away(sign_in, db, learner):
    went(db, learner, days_ago=365, **badge(skills=[Skill.CREATIVITY]))
    db.commit()
    me = sign_in(learner)

    assert "Creativity: 0 things this year" in me.get("/me/skills").text
    assert "Creativity: 1 thing this year" in me.get("/me/skills?year=before").text


def test_a_city_lays_out_by_a_file(app, db, tmp_path):
    city = factories.city()
    db.commit()
    every = '["foundation","skill","work","volunteering","project","course","elsewhere","other"]'
    words = "\n".join(
        f'{name} = "Head"' for name in ("key", "name", "name_cy", "about", "about_cy")
    )
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(f"[[strand]]\n{words}\ntakes = {every}\n")
    bad.write_text(f'[[strand]]\n{words}\ntakes = ["luck"]\n')

    def run(*given):
        return app.test_cli_runner().invoke(args=["record", "lay-out", *map(str, given)])

    assert "lays its records out in its own way" in run(city.slug, good).output
    assert "has to be in exactly one strand" in run(city.slug, bad).output
    assert run("nowhere", good).exit_code == 1


def test_a_skill_is_shown_by_what_adults_said_too(sign_in, db, learner):
    said_to(learner, what_went_well="You asked first.", skills=[Skill.SPEAKING])
    said_to(learner, what_went_well="You dug well.", skills=[Skill.PLANNING])

    page = sign_in(learner).get("/me/skills/speaking").text

    assert "You asked first." in page
    assert "You dug well." not in page
    assert "Nothing yet" not in page


def test_a_choice_that_nothing_fits_says_so_and_stays_among_what_is_hidden(sign_in, db, learner):
    me = sign_in(learner)
    assert '<form class="pick"' not in me.get("/me/story").text, "nothing is there to choose from"
    logged(db, learner, skills=[Skill.TEAMWORK])
    db.commit()

    page = me.get("/me/story?hidden=1&skill=planning").text

    assert "Nothing like this." in page
    assert '<input type="hidden" name="hidden" value="1">' in page
