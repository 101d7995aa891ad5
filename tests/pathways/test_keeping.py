"""Laying out a pathway: whose it is, what may be in it, and what stays as it is once started."""

import pytest
from sqlalchemy import insert, text, update
from sqlalchemy.exc import IntegrityError

from app.errors import Conflict, NotAllowed
from pathways.keeping import (
    change,
    drop_draft,
    end,
    make_next,
    plan_of,
    publish,
)
from pathways.models import Pathway, PathwayStart, StepKind
from pathways.queries import newest_version, open_pathways, open_version, pathway_shown
from tests import factories
from tests.factories import NOW
from tests.pathways.ways import Club, do, hours, noise, plan, starts, words


@pytest.fixture
def club(db):
    noise()
    return Club()


def _publish(db, club, pathway):
    publish(db, pathway=pathway, published_by=club.keeper, now=NOW)
    db.flush()
    db.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


def test_a_draft_is_nobody_elses_to_see(db, club):
    draft = club.lays_out(do(club.offers()), title="Quiet")

    assert pathway_shown(db, factories.learner(), draft.slug, now=NOW) is None
    assert draft.slug not in {each.slug for each in open_pathways(db, now=NOW)}

    _publish(db, club, draft)

    assert pathway_shown(db, None, draft.slug, now=NOW) == draft
    assert draft.slug in {each.slug for each in open_pathways(db, now=NOW)}


def test_the_list_is_of_one_city_and_of_trusted_organisations(db, club):
    here = club.publishes(do(club.offers()))
    elsewhere = Club(name="Far", in_city=factories.city("Farford"))
    there = elsewhere.publishes(do(elsewhere.offers()))
    lapsed = Club(name="Lapsed", in_city=club.provider.city)
    gone = lapsed.publishes(do(lapsed.offers()))
    lapsed.provider.assured_until = NOW
    db.flush()

    listed = {each.slug for each in open_pathways(db, now=NOW, city=club.provider.city)}

    assert here.slug in listed
    assert not listed & {there.slug, gone.slug}
    assert pathway_shown(db, None, gone.slug, now=NOW) is None


def test_only_who_speaks_for_the_organisation_lays_it_out(db, club):
    pathway, stranger = club.lays_out(words()), Club().keeper
    for act in (
        lambda: change(db, pathway=pathway, changed_by=stranger, plan=plan(words())),
        lambda: publish(db, pathway=pathway, published_by=stranger, now=NOW),
        lambda: end(db, pathway=pathway, ended_by=stranger, now=NOW),
        lambda: make_next(db, pathway=pathway, made_by=stranger),
        lambda: drop_draft(db, pathway=pathway, dropped_by=stranger),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_what_is_not_theirs_to_choose_is_refused(db, club):
    far = Club(in_city=factories.city("Farford"))
    for steps, badge in (
        ([do(far.offers())], None),
        ([do(far.badge)], None),
        ([words()], far.badge),
        ([do(club.badge)], club.badge),
        ([hours(2, club.badge)], None),
        ([words()] * 13, None),
    ):
        with pytest.raises(Conflict):
            club.lays_out(*steps, badge=badge)
    near = Club(in_city=club.provider.city)
    assert club.lays_out(do(near.badge)).steps[0].items[0].achievement == near.badge


@pytest.mark.parametrize("steps", [[], ["too few"]], ids=["no step", "too few things"])
def test_what_nobody_could_finish_is_not_published(db, club, steps):
    laid = [do(club.offers(), needed=2)] if steps else []
    pathway = club.lays_out(*laid)

    with pytest.raises(Conflict):
        publish(db, pathway=pathway, published_by=club.keeper, now=NOW)
    at_once = "SET CONSTRAINTS ALL IMMEDIATE; UPDATE pathway SET published_at = now()"
    with pytest.raises(IntegrityError, match="Nobody could finish"), db.begin_nested():
        db.execute(text(f"{at_once} WHERE id = {pathway.id}"))


def test_two_badges_that_lead_to_each_other_are_refused(db, club):
    second = factories.achievement(club.provider, name="Second")
    third = factories.achievement(club.provider, name="Third")
    club.publishes(do(club.badge), badge=second)
    club.publishes(do(second), badge=third)

    with pytest.raises(Conflict, match="leads back"):
        club.publishes(do(third), badge=club.badge)


def test_it_may_change_until_somebody_starts_it(db, club):
    first, second = club.offers("Pottery"), club.offers("Drums")
    pathway = club.publishes(do(first))

    change(db, pathway=pathway, changed_by=club.keeper, plan=plan(do(second), words(), title="New"))

    assert pathway.title == "New"
    assert [step.kind for step in pathway.steps] == [StepKind.ANY_OF, StepKind.EVIDENCE]

    starts(factories.learner(), pathway)
    with pytest.raises(Conflict, match="Somebody has started"):
        change(db, pathway=pathway, changed_by=club.keeper, plan=plan(words()))


@pytest.mark.parametrize(
    "act",
    [
        "UPDATE pathway SET title = 'Other' WHERE id = :id",
        "UPDATE pathway SET achievement_id = NULL WHERE id = :id",
        "UPDATE pathway SET published_at = NULL WHERE id = :id",
        "UPDATE pathway_step SET hours = 9 WHERE pathway_id = :id AND kind = 'hours'",
        "DELETE FROM pathway_step WHERE pathway_id = :id",
        "INSERT INTO pathway_step (pathway_id, position, title, kind)"
        " VALUES (:id, 9, 'More', 'evidence')",
        "DELETE FROM pathway_step_item USING pathway_step"
        " WHERE step_id = pathway_step.id AND pathway_id = :id",
        "DELETE FROM pathway WHERE id = :id",
    ],
)
def test_the_database_holds_what_was_started_too(db, club, act):
    pathway = club.publishes(do(club.offers()), hours(2))
    # Until then, the same statement passes, or meets another rule.
    starts(factories.learner(), pathway)

    with (
        pytest.raises(IntegrityError, match=r"somebody has started|pathway_start"),
        db.begin_nested(),
    ):
        db.execute(text(act), {"id": pathway.id})


def test_what_is_still_free_to_change_is_not_held(db, club):
    pathway = club.publishes(do(club.offers()), hours(2))

    db.execute(
        text("UPDATE pathway_step SET title = 'x' WHERE pathway_id = :id"), {"id": pathway.id}
    )
    starts(factories.learner(), pathway)
    end(db, pathway=pathway, ended_by=club.keeper, now=NOW)

    assert open_version(db, pathway.slug) is None


@pytest.mark.parametrize("state", ["draft", "ended"])
def test_the_database_lets_nobody_set_out_where_it_is_not_open(db, club, state):
    pathway = club.lays_out(words())
    if state == "ended":
        _publish(db, club, pathway)
        end(db, pathway=pathway, ended_by=club.keeper, now=NOW)

    with pytest.raises(Conflict):
        starts(factories.learner(), pathway)
    values = {"learner_id": factories.learner().id, "pathway_id": pathway.id, "started_at": NOW}
    with pytest.raises(IntegrityError, match="not open"), db.begin_nested():
        db.execute(insert(PathwayStart).values(values))


def test_the_badge_at_the_end_is_their_own_in_the_database_too(db, club):
    pathway = club.lays_out(words())

    with pytest.raises(IntegrityError, match="of the organisation"), db.begin_nested():
        db.execute(
            text("UPDATE pathway SET achievement_id = :badge WHERE id = :id"),
            {"id": pathway.id, "badge": Club().badge.id},
        )


def test_the_next_version_is_a_copy_that_takes_over_once_it_is_published(db, club):
    offer = club.offers()
    first = club.publishes(do(offer), hours(3, offer), words())
    walker = factories.learner()
    starts(walker, first)

    second = make_next(db, pathway=first, made_by=club.keeper)

    assert (second.slug, second.version) == (first.slug, 2)
    assert plan_of(second) == plan_of(first)
    assert newest_version(db, club.provider, first.slug) == second
    assert pathway_shown(db, walker, first.slug, now=NOW) == first
    with pytest.raises(Conflict, match="already"):
        make_next(db, pathway=first, made_by=club.keeper)
    with pytest.raises(Conflict, match="not published"):
        make_next(db, pathway=second, made_by=club.keeper)

    change(db, pathway=second, changed_by=club.keeper, plan=plan(words(), title="Anew"))
    _publish(db, club, second)

    assert first.ended_at == NOW
    assert first.title != "Anew"
    assert pathway_shown(db, None, first.slug, now=NOW) == second
    assert pathway_shown(db, walker, first.slug, now=NOW, version=1) == first
    with pytest.raises(Conflict):
        starts(factories.learner(), first)


def test_two_open_versions_are_refused_by_the_database(db, club):
    first = club.publishes(words())
    second = make_next(db, pathway=first, made_by=club.keeper)

    with pytest.raises(IntegrityError, match="uq_pathway_open"), db.begin_nested():
        db.execute(update(Pathway).filter_by(id=second.id).values(published_at=NOW))


def test_only_a_draft_can_be_deleted(db, club):
    draft, published = club.lays_out(do(club.offers())), club.publishes(words())
    drop_draft(db, pathway=draft, dropped_by=club.keeper)
    with pytest.raises(Conflict):
        drop_draft(db, pathway=published, dropped_by=club.keeper)

    assert db.get(Pathway, draft.id) is None
    assert db.get(Pathway, published.id) is not None
