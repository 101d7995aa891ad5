"""Every line of a record: where it comes from, who says it, where it stands."""

from datetime import timedelta

import pytest

from app.errors import Conflict, NotFound, Refusal
from badges.models import AchievementKind, Skill
from badges.service import award
from logbook.models import LoggedKind, ProjectKind
from logbook.project_service import change_project, delete_project
from opportunities.models import OpportunityKind
from participation.attendance import withdraw_attendance
from record.models import LineKind, Rung
from record.queries import (
    bands_of,
    line_named,
    marks_of,
    page_of,
    points_of,
    rule_for,
    strands_for,
)
from record.service import choose, lay_out
from record.sufficiency import Rule
from tests import factories
from tests.factories import NOW
from tests.logbook.there import TODAY, entry, project, supervised
from tests.record.there import badge, logged, seen, went


@pytest.fixture
def learner(db):
    other = factories.learner(name="Noise")
    went(db, other, **badge(skills=[Skill.TEAMWORK]))
    seen(db, other, logged(db, other))
    supervised(db, project(db, other, title="Noise"))
    return factories.learner()


def lines_of(db, learner, **asked):
    return list(page_of(db, learner, strands_for(db, learner), **asked).lines)


def told(lines):
    return [(line.kind, line.rung, line.strand) for line in lines]


def test_what_was_confirmed_is_a_line_until_it_is_withdrawn(db, learner):
    attendance = went(db, learner, title="Pottery")

    (line,) = lines_of(db, learner)
    assert (line.title, line.who, line.minutes) == ("Pottery", "Pot House", 120)
    assert told([line]) == [(LineKind.CAME, Rung.CONFIRMED, "broad")]
    withdraw_attendance(
        db, booking_uuid=attendance.booking.uuid, withdrawn_by=attendance.confirmed_by, now=NOW
    )
    assert lines_of(db, learner) == []


def test_a_badge_for_coming_stands_with_the_coming_and_another_by_itself(db, learner):
    given = badge(skills=[Skill.CREATIVITY])
    attendance = went(db, learner, **given)
    asked = factories.achievement(
        given["provider"], kind=AchievementKind.COMPETENCY, skills=[Skill.TEAMWORK]
    )
    credential = award(
        db,
        achievement=asked,
        recipient=learner,
        evidence="",
        activity_started_at=NOW,
        activity_ended_at=NOW,
        now=NOW,
        ground="asked",
    )

    lines = lines_of(db, learner)

    assert told(lines) == [
        (LineKind.BADGE, Rung.OBSERVED, "essential"),
        (LineKind.CAME, Rung.CONFIRMED, "essential"),
    ]
    assert lines[0].badge == credential.uuid
    assert lines[1].uuid == attendance.uuid
    assert lines[1].badge not in (None, credential.uuid)


def test_ones_own_word_rises_when_a_friend_and_then_an_adult_saw_it(db, learner):
    activity = logged(db, learner, kind=LoggedKind.VOLUNTEERING)

    assert told(lines_of(db, learner)) == [(LineKind.LOGGED, Rung.SAID, "own_work")]
    seen(db, learner, activity, by=None)
    (line,) = lines_of(db, learner)
    assert (line.rung, line.who) == (Rung.SEEN, "")
    seen(db, learner, activity)
    (line,) = lines_of(db, learner)
    assert (line.rung, line.who) == (Rung.SEEN, "Sam Lewis, runs the food bank")


def test_a_project_is_one_line_at_the_last_day_of_its_log(db, learner):
    own = project(db, learner, skills=[Skill.PLANNING], started_on=TODAY - timedelta(days=30))

    (line,) = lines_of(db, learner)
    assert told([line]) == [(LineKind.PROJECT, Rung.SAID, "own_work")]
    assert (line.title, line.who, line.minutes) == (own.title, "", None)
    assert line.at.date() == TODAY - timedelta(days=30)
    entry(db, own, days_ago=9, minutes=60)
    entry(db, own, days_ago=12, minutes=30)
    (line,) = lines_of(db, learner)
    assert (line.minutes, line.at.date()) == (90, TODAY - timedelta(days=9))
    delete_project(db, learner=learner, uuid=own.uuid)
    assert lines_of(db, learner) == []


def test_a_supervisor_raises_a_project_and_vouches_for_no_hour_after_their_word(db, learner):
    own = project(db, learner, skills=[Skill.PLANNING])
    entry(db, own, minutes=60)
    supervised(db, own, now=NOW + timedelta(minutes=1))
    entry(db, own, minutes=300, days_ago=2, now=NOW + timedelta(days=1))

    (line,) = lines_of(db, learner)
    assert (line.rung, line.who) == (Rung.SEEN, "Sam Lewis, teaches physics")
    assert line.minutes == 60
    assert [point.person for point in points_of(db, learner)[Skill.PLANNING]] == [
        "adult:sam lewis, teaches physics"
    ]
    change_project(db, learner=learner, uuid=own.uuid, now=NOW, product="Something new")
    (line,) = lines_of(db, learner)
    assert (line.rung, line.who, line.minutes) == (Rung.SAID, "", 360)


def test_two_projects_of_one_sort_are_not_two_places(db, learner):
    kinds = (ProjectKind.OWN, ProjectKind.OWN, ProjectKind.EXTENDED)
    for title, kind in zip(("Bees", "Bats", "Boats"), kinds, strict=True):
        project(db, learner, title=title, kind=kind, skills=[Skill.PLANNING])

    contexts = [point.context for point in points_of(db, learner)[Skill.PLANNING]]

    assert sorted(contexts) == ["project:extended", "project:own", "project:own"]


@pytest.mark.parametrize(
    ("kind", "skills", "strand"),
    [
        (OpportunityKind.ENRICHMENT, [Skill.ORACY, Skill.TEAMWORK], "foundations"),
        (OpportunityKind.ENRICHMENT, [Skill.TEAMWORK], "essential"),
        (OpportunityKind.ENRICHMENT, [], "broad"),
        (OpportunityKind.WORK_EXPERIENCE, [Skill.ORACY], "own_work"),
        (OpportunityKind.VOLUNTEERING, [], "own_work"),
    ],
)
def test_a_line_falls_into_the_strand_that_takes_its_sort(db, learner, kind, skills, strand):
    went(db, learner, kind=kind, **badge(skills=skills))

    assert [line.strand for line in lines_of(db, learner)] == [strand]


def test_pages_hold_every_line_once_newest_first(db, learner):
    for days in (1, 2, 3, 4):
        logged(db, learner, days_ago=days)
        logged(db, learner, days_ago=days)
    strands = strands_for(db, learner)

    pages, before = [], ""
    while True:
        page = page_of(db, learner, strands, before=before, limit=3)
        pages.append(list(page.lines))
        before = page.next
        if not before:
            break
    read = [line for page in pages for line in page]

    assert [len(page) for page in pages] == [3, 3, 2]
    assert len({line.uuid for line in read}) == 8
    assert read == sorted(read, key=lambda line: (line.at, line.uuid), reverse=True)


@pytest.mark.parametrize("before", ["nonsense", "1e400_x", "nan_0", "9" * 400, "5_5"])
def test_a_place_that_is_none_begins_at_the_beginning(db, learner, before):
    logged(db, learner)

    assert len(lines_of(db, learner, before=before)) == 1


def test_a_learner_hides_moves_and_discounts_a_line_and_nobody_else_does(db, learner):
    went(db, learner, **badge(skills=[Skill.TEAMWORK]))
    (line,) = lines_of(db, learner)
    chosen = {"kind": line.kind, "uuid": line.uuid, "is_hidden": True, "counts": False}

    with pytest.raises(NotFound):
        choose(db, learner=factories.learner(), strand="broad", **chosen)
    with pytest.raises(Conflict):
        choose(db, learner=learner, strand="no such", **chosen)
    choose(db, learner=learner, strand="own_work", **chosen)

    (line,) = lines_of(db, learner)
    assert (line.is_hidden, line.counts, line.strand) == (True, False, "own_work")
    assert lines_of(db, learner, hidden=False) == []
    assert points_of(db, learner) == {}
    assert all(not band.lines for band in bands_of(db, learner, strands_for(db, learner)))


def test_bands_show_the_newest_of_each_strand(db, learner):
    for days in range(1, 6):
        logged(db, learner, days_ago=days)
    logged(db, learner, kind=LoggedKind.PROJECT)

    bands = bands_of(db, learner, strands_for(db, learner), each=3)

    assert [(band.strand.key, len(band.lines), band.has_more) for band in bands] == [
        ("foundations", 0, False),
        ("broad", 3, True),
        ("own_work", 1, False),
        ("essential", 0, False),
    ]
    assert bands[1].lines[0].at > bands[1].lines[2].at


def test_one_event_is_one_point_however_many_badges_hang_on_it(db, learner):
    given = badge(skills=[Skill.TEAMWORK])
    first, second = went(db, learner, days_ago=9, **given), went(db, learner, **given)
    derived = factories.achievement(given["provider"], skills=[Skill.TEAMWORK])
    award(
        db,
        achievement=derived,
        recipient=learner,
        evidence="",
        activity_started_at=NOW,
        activity_ended_at=NOW,
        now=NOW,
        ground="rule:7",
    )

    points = points_of(db, learner)[Skill.TEAMWORK]

    assert {point.uuid for point in points} == {first.uuid, second.uuid}
    assert len({point.context for point in points}) == 1
    assert len({point.person for point in points}) == 2


def test_marks_are_those_of_the_time_that_was_asked_for(db, learner):
    went(db, learner, days_ago=400, **badge(skills=[Skill.TEAMWORK]))
    logged(db, learner, skills=[Skill.TEAMWORK, Skill.ORACY])

    marks = marks_of(db, learner, since=NOW - timedelta(days=30), until=NOW)

    assert {skill: [mark.rung for mark in each] for skill, each in marks.items()} == {
        Skill.TEAMWORK: [Rung.SAID],
        Skill.ORACY: [Rung.SAID],
    }
    assert len(points_of(db, learner)[Skill.TEAMWORK]) == 2


def test_a_city_lays_records_out_in_its_own_way(db):
    city = factories.city()
    learner = factories.learner(home=factories.area(in_city=city))
    logged(db, learner, kind=LoggedKind.PROJECT)
    every = ["foundation", "skill", "work", "volunteering", "course", "elsewhere", "other"]
    own = [
        _strand("head", every),
        _strand("hands", ["project"]),
    ]

    assert [line.strand for line in lines_of(db, learner)] == ["own_work"]
    lay_out(db, city=city, strands=own, rule=Rule(6, 3, 2))
    assert [line.strand for line in lines_of(db, learner)] == ["hands"]
    assert rule_for(db, learner) == Rule(6, 3, 2)
    assert strands_for(db, factories.learner())[0].key == "foundations"
    lay_out(db, city=city, strands=[], rule=None)
    assert ([line.strand for line in lines_of(db, learner)], rule_for(db, learner)) == (
        ["own_work"],
        Rule(),
    )


@pytest.mark.parametrize(
    ("takes", "said"),
    [(["project"], "foundation"), (["project", "project"], "foundation"), (["luck"], "foundation")],
)
def test_a_layout_that_leaves_a_sort_out_is_refused(db, takes, said):
    with pytest.raises(Refusal, match=said):
        lay_out(db, city=factories.city(), strands=[_strand("only", takes)], rule=None)


def test_nobody_elses_line_is_found(db, learner):
    activity = logged(db, factories.learner())

    assert line_named(db, learner, strands_for(db, learner), LineKind.LOGGED, activity.uuid) is None


@pytest.mark.parametrize("times", [1, 4])
def test_a_record_costs_the_same_questions_however_long_it_is(db, learner, count_queries, times):
    for _time in range(times):
        went(db, learner)
        logged(db, learner)
        entry(db, project(db, learner))
    strands = strands_for(db, learner)
    count_queries.clear()

    page_of(db, learner, strands)
    bands_of(db, learner, strands)

    assert len([sent for sent in count_queries if sent.startswith("SELECT")]) == 2


def _strand(key, takes):
    words = dict.fromkeys(("name", "name_cy", "about", "about_cy"), key)
    return {"key": key, "takes": takes, **words}
