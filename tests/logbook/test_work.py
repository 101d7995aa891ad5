"""Days with employers: each day once, what they promised beside what was seen."""

import pytest

from app.errors import NotFound
from logbook.models import Encounter, LoggedKind, PointSeen
from logbook.service import delete_logged
from logbook.work_queries import days_with, employer_named, employers_of
from logbook.work_service import say_of_employer
from opportunities.models import EncounterPoint, OpportunityKind
from participation.attendance import withdraw_attendance
from tests import factories
from tests.factories import NOW
from tests.logbook.there import logged_work, worked

PROMISED = {"real_task": "You build a shelf.", "feedback": ""}


@pytest.fixture
def garage(db):
    return factories.provider(name="Bright Motors")


@pytest.fixture
def learner(db, garage):
    other = factories.learner(name="Noise")
    worked(db, other, at=garage, days_ago=1)
    logged_work(db, other, days_ago=1)
    return factories.learner()


def told(employers):
    return [(each.name, len(each.days), len(each.stays)) for each in employers]


def test_each_day_counts_once_however_much_was_done(db, learner, garage):
    for days_ago in (9, 9, 8):
        worked(db, learner, at=garage, days_ago=days_ago)
    logged_work(db, learner, days_ago=8)
    logged_work(db, learner, place="hill street garage", days_ago=3)
    logged_work(db, learner, place="The food bank", kind=LoggedKind.VOLUNTEERING, days_ago=2)
    worked(db, learner, at=garage, days_ago=1, kind=OpportunityKind.ENRICHMENT)

    employers = employers_of(db, learner)

    assert told(employers) == [("hill street garage", 2, 2), ("Bright Motors", 2, 3)]
    assert days_with(employers) == 3


def test_what_was_withdrawn_is_no_day(db, learner, garage):
    attendance = worked(db, learner, at=garage, days_ago=3)
    withdraw_attendance(
        db, booking_uuid=attendance.booking.uuid, withdrawn_by=attendance.confirmed_by, now=NOW
    )

    assert employers_of(db, learner) == []


def test_what_was_seen_stands_beside_what_was_promised(db, learner, garage):
    first = worked(db, learner, at=garage, days_ago=9, points=PROMISED)
    worked(db, learner, at=garage, days_ago=2, points={"people": "Three trades."})
    seen = {EncounterPoint.REAL_TASK: "A shelf that stands.", EncounterPoint.TWO_WAY: ""}

    say_of_employer(db, learner=learner, uuid=first.uuid, seen=seen, reflection="I like wood.")

    employer = employer_named(db, learner, first.uuid)
    assert employer.promised == {
        EncounterPoint.REAL_TASK: "You build a shelf.",
        EncounterPoint.FEEDBACK: "",
        EncounterPoint.PEOPLE: "Three trades.",
    }
    assert (employer.seen, employer.said.reflection) == (seen, "I like wood.")
    fewer = {EncounterPoint.TWO_WAY: "I asked why."}
    say_of_employer(db, learner=learner, uuid=first.uuid, seen=fewer, reflection="")
    assert employer_named(db, learner, first.uuid).seen == fewer
    assert (db.query(Encounter).count(), db.query(PointSeen).count()) == (1, 1)


def test_a_place_in_the_log_is_an_employer_too_and_one_whatever_its_letters(db, learner):
    first, second = (
        logged_work(db, learner, days_ago=4),
        logged_work(db, learner, place="HILL street garage", days_ago=3),
    )
    seen = {EncounterPoint.PURPOSE: "They told me on the first day."}

    say_of_employer(db, learner=learner, uuid=first.uuid, seen=seen, reflection="")

    assert employer_named(db, learner, second.uuid).seen == seen


def test_a_place_of_letters_that_grow_when_small_is_kept(db, learner):
    day = logged_work(db, learner, place="İ" * 80)

    say_of_employer(db, learner=learner, uuid=day.uuid, seen={}, reflection="Fine.")

    assert employer_named(db, learner, day.uuid).said.reflection == "Fine."


def test_with_the_last_day_at_a_place_goes_what_was_said_of_it(db, learner):
    noise = factories.learner()
    others = logged_work(db, noise)
    days = [logged_work(db, learner, days_ago=4), logged_work(db, learner, days_ago=3)]
    for who, uuid in ((learner, days[0].uuid), (noise, others.uuid)):
        seen = {EncounterPoint.PURPOSE: "They told me."}
        say_of_employer(db, learner=who, uuid=uuid, seen=seen, reflection="")

    delete_logged(db, learner=learner, uuid=days[0].uuid)
    assert db.query(Encounter).count() == 2
    delete_logged(db, learner=learner, uuid=days[1].uuid)

    assert [each.learner_id for each in db.query(Encounter)] == [noise.id]
    assert db.query(PointSeen).count() == 1


def test_nobody_speaks_of_days_that_were_not_theirs(db, learner, garage):
    attendance = worked(db, factories.learner(), at=garage, days_ago=3)

    with pytest.raises(NotFound):
        say_of_employer(db, learner=learner, uuid=attendance.uuid, seen={}, reflection="")


def test_the_page_says_the_days_in_a_sentence_and_packs_them(sign_in, db, learner, garage):
    me = sign_in(learner)
    empty = me.get("/me/work").text
    for days_ago in (3, 2):
        worked(db, learner, at=garage, days_ago=days_ago)
    logged_work(db, learner, days_ago=1)
    db.commit()

    page = me.get("/me/work").text

    assert "Nothing here yet" in empty
    assert "days with employers so far" not in empty
    assert "3 days with employers so far." in page
    assert "2 days" in page
    assert "<progress" not in page
    assert "<meter" not in page
    assert page.count("came_") == 2
    assert page.count("logged_") == 1


def test_a_word_without_a_tick_is_a_tick_and_a_tick_without_a_word_stays(
    sign_in, db, learner, garage
):
    me = sign_in(learner)
    uuid = worked(db, learner, at=garage, days_ago=3, points=PROMISED).uuid
    db.commit()

    kept = me.post(
        f"/me/work/{uuid}",
        data={
            "points": ["feedback"],
            "point_real_task": "We built a shelf.",
            "reflection": "I like wood.",
        },
    )
    page = me.get(f"/me/work/{uuid}").text

    assert kept.status_code == 303
    assert "They promised: You build a shelf." in page
    assert "They promised this." in page
    assert "We built a shelf." in page
    assert page.count("checked") == 2
    for wrong in ({"points": ["luck"]}, {"reflection": "x" * 601}, {"point_people": "x" * 201}):
        assert me.post(f"/me/work/{uuid}", data=wrong).status_code == 422
    assert sign_in(factories.learner()).get(f"/me/work/{uuid}").status_code == 404
