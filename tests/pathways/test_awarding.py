"""The badge at the end: given by itself, never twice, and taken back only where nothing earns it."""

import pytest
from sqlalchemy import delete, func, select, text

from accounts.models import User
from app.errors import Conflict, NotFound
from badges.models import AchievementCredential
from badges.queries import credential_of
from badges.service import award, revoke
from participation.attendance import withdraw_attendance
from pathways.awarding import DONE_NO_MORE, settle
from pathways.keeping import end, make_next, publish
from pathways.models import PathwayStart, StepWords
from pathways.progress import progress_of
from pathways.queries import facts_of
from pathways.service import go_over, stop, write_words
from tests import factories
from tests.factories import NOW
from tests.pathways.ways import Club, do, hours, noise, starts, went, words


@pytest.fixture
def club(db):
    noise()
    return Club()


@pytest.fixture
def walker(db):
    return factories.learner()


def look(db, learner):
    """Do what a worker does."""
    settle(db, learner_id=learner.id, now=NOW)
    db.expire_all()


def held(db, learner, achievement):
    credential = credential_of(db, learner, achievement)
    return credential is not None and credential.revoked_at is None


def waiting(db, learner):
    """Return how many jobs wait to look again at what a learner did."""
    return db.scalar(
        text(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'pathways.look_again'"
            " AND (args->>'learner_id')::bigint = :id"
        ),
        {"id": learner.id},
    )


def undo(db, booking):
    keeper = factories.member(booking.scheduled_session.opportunity.provider)
    withdraw_attendance(db, booking_uuid=booking.uuid, withdrawn_by=keeper, now=NOW)


def write(db, learner, pathway, position, what="I made a pot, and it held."):
    write_words(db, learner=learner, pathway=pathway, position=position, words=what, now=NOW)


def test_what_was_done_before_counts_and_a_finished_pathway_gives_its_badge_at_once(
    db, club, walker
):
    offer, other = club.offers("Pottery"), Club(in_city=club.provider.city)
    own = factories.achievement(other.provider, name="Other")
    pathway = club.publishes(do(offer), hours(4), do(own))
    went(walker, offer, times=2)
    award(
        db,
        achievement=own,
        recipient=walker,
        evidence="Came.",
        activity_started_at=NOW,
        activity_ended_at=NOW,
        now=NOW,
    )
    assert waiting(db, walker) == 0

    starts(walker, pathway)

    assert waiting(db, walker) == 1
    look(db, walker)
    badge = credential_of(db, walker, club.badge)
    assert badge.revoked_at is None
    assert "Into the arts" in badge.evidence
    assert walker.name not in badge.evidence
    assert badge.activity_started_at < NOW


def test_step_by_step_in_any_order(db, club, walker):
    first, second, third = (club.offers(title) for title in ("Pottery", "Drums", "Paint"))
    pathway = club.publishes(do(first, second, third, needed=2), words(), hours(5))
    starts(walker, pathway)

    write(db, walker, pathway, 2)
    went(walker, third)
    look(db, walker)
    assert not held(db, walker, club.badge)
    went(walker, first)
    look(db, walker)
    assert [s.is_done for s in progress_of(pathway, facts_of(db, walker)).steps] == [
        True,
        True,
        False,
    ]
    went(walker, first, days_ago=3)

    look(db, walker)

    assert held(db, walker, club.badge)


def test_what_somebody_else_did_counts_for_nobody_else(db, club, walker):
    offer, other = club.offers(), factories.learner()
    pathway = club.publishes(do(offer), words())
    starts(walker, pathway)
    starts(other, pathway)
    went(other, offer)
    write(db, other, pathway, 2)

    look(db, walker)

    assert not held(db, walker, club.badge)
    assert facts_of(db, walker).came == {}
    assert facts_of(db, walker).words == {}


def test_a_change_is_looked_at_later_and_only_for_who_set_out(db, club, walker):
    offer, other = club.offers(), factories.learner()
    pathway = club.publishes(do(offer))
    starts(walker, pathway)
    before = waiting(db, walker)

    went(walker, offer)
    went(other, offer)

    assert waiting(db, walker) == before + 1
    assert waiting(db, other) == 0


def test_looking_again_and_again_gives_one_badge_and_tells_once(db, club, walker):
    offer = club.offers()
    starts(walker, club.publishes(do(offer)))
    went(walker, offer)
    for _each in range(3):
        look(db, walker)

    told = text(
        "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'participation.tell_of_badge'"
        " AND (args->>'credential_id')::bigint = :id"
    )
    badge = credential_of(db, walker, club.badge)
    assert db.scalar(told, {"id": badge.id}) == 1
    assert (
        db.scalar(
            select(func.count())
            .select_from(AchievementCredential)
            .filter_by(recipient_id=walker.id)
        )
        == 1
    )


def test_a_fact_that_is_withdrawn_takes_the_badge_back_and_comes_again(db, club, walker):
    offer = club.offers()
    starts(walker, club.publishes(do(offer)))
    booking = went(walker, offer)
    look(db, walker)

    undo(db, booking)
    look(db, walker)

    badge = credential_of(db, walker, club.badge)
    assert badge.revocation_reason == DONE_NO_MORE
    went(walker, offer)
    look(db, walker)
    assert held(db, walker, club.badge)


def test_deleted_words_count_no_more(db, club, walker):
    pathway = club.publishes(words())
    starts(walker, pathway)
    write(db, walker, pathway, 1)
    look(db, walker)
    assert held(db, walker, club.badge)

    write(db, walker, pathway, 1, "")
    look(db, walker)

    assert not held(db, walker, club.badge)
    assert db.scalar(select(func.count()).select_from(StepWords)) == 0


def test_a_badge_that_an_attendance_earns_too_stays(db, club, walker):
    counts, earns = club.offers("Counts"), club.offers("Earns", achievement=club.badge)
    starts(walker, club.publishes(do(counts)))
    counted = went(walker, counts)
    look(db, walker)
    earned = went(walker, earns)

    undo(db, counted)
    look(db, walker)
    assert held(db, walker, club.badge)

    undo(db, earned)
    look(db, walker)
    assert not held(db, walker, club.badge)


def test_a_badge_whose_attendance_is_withdrawn_stays_where_the_pathway_is_done(db, club, walker):
    counts, earns = club.offers("Counts"), club.offers("Earns", achievement=club.badge)
    earned = went(walker, earns)
    counted = went(walker, counts)
    starts(walker, club.publishes(do(counts)))
    look(db, walker)

    undo(db, earned)
    look(db, walker)
    assert held(db, walker, club.badge)

    undo(db, counted)
    look(db, walker)
    assert credential_of(db, walker, club.badge).revocation_reason == DONE_NO_MORE


def test_a_badge_that_was_not_the_pathways_to_give_is_not_its_to_take(db, club, walker):
    offer = club.offers()
    award(
        db,
        achievement=club.badge,
        recipient=walker,
        evidence="Given by hand.",
        activity_started_at=NOW,
        activity_ended_at=NOW,
        now=NOW,
    )
    starts(walker, club.publishes(do(offer)))
    booking = went(walker, offer)
    look(db, walker)
    undo(db, booking)

    look(db, walker)

    assert held(db, walker, club.badge)


def test_a_badge_that_was_taken_back_for_another_reason_is_not_given_again(db, club, walker):
    offer = club.offers()
    starts(walker, club.publishes(do(offer)))
    went(walker, offer)
    look(db, walker)
    revoke(db, credential=credential_of(db, walker, club.badge), reason="A mistake.", now=NOW)

    look(db, walker)

    assert not held(db, walker, club.badge)


def test_one_badge_leads_on_to_the_next(db, club, walker):
    further = factories.achievement(club.provider, name="Further")
    offer = club.offers()
    starts(walker, club.publishes(do(club.badge), badge=further))
    starts(walker, club.publishes(do(offer)))
    booking = went(walker, offer)
    before = waiting(db, walker)

    look(db, walker)
    assert waiting(db, walker) > before
    look(db, walker)
    assert held(db, walker, further)

    undo(db, booking)
    look(db, walker)
    look(db, walker)
    assert not held(db, walker, further)


def test_an_organisation_that_is_not_trusted_gives_nothing(db, club, walker):
    offer = club.offers()
    starts(walker, club.publishes(do(offer)))
    went(walker, offer)
    club.provider.assured_until = NOW
    db.flush()

    look(db, walker)

    assert not held(db, walker, club.badge)


def test_who_started_may_finish_what_has_ended(db, club, walker):
    offer = club.offers()
    pathway = club.publishes(do(offer))
    starts(walker, pathway)
    end(db, pathway=pathway, ended_by=club.keeper, now=NOW)
    went(walker, offer)

    look(db, walker)

    assert held(db, walker, club.badge)


def test_who_stopped_is_given_nothing_and_keeps_what_they_have(db, club, walker):
    offer = club.offers()
    pathway = club.publishes(do(offer))
    starts(walker, pathway)
    stop(db, learner=walker, pathway=pathway, now=NOW)
    went(walker, offer)
    look(db, walker)
    assert not held(db, walker, club.badge)

    starts(walker, pathway)
    look(db, walker)
    stop(db, learner=walker, pathway=pathway, now=NOW)
    look(db, walker)

    assert held(db, walker, club.badge)
    assert db.scalar(select(func.count()).select_from(PathwayStart).filter_by(learner=walker)) == 1


def test_stopping_does_not_save_a_badge_that_nothing_earns_any_more(db, club, walker):
    offer = club.offers()
    pathway = club.publishes(do(offer))
    starts(walker, pathway)
    booking = went(walker, offer)
    look(db, walker)
    stop(db, learner=walker, pathway=pathway, now=NOW)
    before = waiting(db, walker)

    undo(db, booking)

    assert waiting(db, walker) > before
    look(db, walker)
    assert not held(db, walker, club.badge)


def test_going_over_takes_words_along(db, club, walker):
    offer = club.offers()
    first = club.publishes(do(offer), words("What came of it"))
    starts(walker, first)
    write(db, walker, first, 2, "A pot.")
    second = make_next(db, pathway=first, made_by=club.keeper)
    publish(db, pathway=second, published_by=club.keeper, now=NOW)
    with pytest.raises(Conflict):
        go_over(db, learner=factories.learner(), pathway=second, now=NOW)

    go_over(db, learner=walker, pathway=second, now=NOW)

    live = select(PathwayStart.pathway_id).filter_by(learner_id=walker.id, left_at=None)
    assert db.scalars(live).all() == [second.id]
    assert progress_of(second, facts_of(db, walker)).steps[1].words == "A pot."
    with pytest.raises(Conflict):
        go_over(db, learner=walker, pathway=second, now=NOW)


def test_words_are_written_where_they_are_asked_for_by_who_set_out(db, club, walker):
    pathway = club.publishes(do(club.offers()), words())
    with pytest.raises(NotFound):
        write(db, walker, pathway, 2)
    starts(walker, pathway)
    for position in (1, 3):
        with pytest.raises(NotFound):
            write(db, walker, pathway, position)


def test_who_is_forgotten_leaves_nothing_of_a_way(db, club, walker):
    pathway = club.publishes(words())
    starts(walker, pathway)
    write(db, walker, pathway, 1)
    walker_id = walker.id

    db.execute(delete(User).filter_by(id=walker_id))

    assert db.scalar(select(PathwayStart.id).filter_by(learner_id=walker_id)) is None
    assert db.scalar(select(func.count()).select_from(StepWords)) == 0
    db.expunge_all()
    settle(db, learner_id=walker_id, now=NOW)
