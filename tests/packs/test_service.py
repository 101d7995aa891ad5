"""Showing a chosen part of one's record."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.errors import Conflict, NotFound
from app.links import token_hash, token_of
from badges.models import Skill
from badges.service import award, revoke
from logbook.service import delete_logged
from packs.models import Pack, PackKind
from packs.queries import contents_of, live_pack
from packs.service import (
    LINK_KIND,
    Sentence,
    Strength,
    choose_strengths,
    share,
    withdraw,
    write,
)
from record.models import LineKind
from record.queries import page_of, strands_for
from record.service import choose
from tests import factories
from tests.factories import NOW
from tests.record.there import badge as giving
from tests.record.there import logged, went

SECRET = "a secret that only tests know"


def _badge_of(db, learner):
    return award(
        db,
        achievement=factories.achievement(),
        recipient=learner,
        evidence="Came to Pottery.",
        activity_started_at=NOW,
        activity_ended_at=NOW,
        now=NOW,
    )


def _share(db, learner, *badges, **given):
    given = {"label": "college", "shows_name": False, "shows_hours": False, "days": 30} | given
    uuids = [badge.uuid for badge in badges]
    return share(db, learner=learner, badge_uuids=uuids, secret=SECRET, now=NOW, **given)


def _found(db, link, *, at=NOW):
    return live_pack(db, token_hash(token_of(link.uuid, secret=SECRET, kind=LINK_KIND)), now=at)


def test_a_link_shows_what_was_chosen_and_no_more(db):
    learner = factories.learner()
    chosen, _kept_back = _badge_of(db, learner), _badge_of(db, learner)

    link = _share(db, learner, chosen)

    assert _found(db, link).badges == [chosen]


def test_a_link_ends_by_itself(db):
    learner = factories.learner()
    link = _share(db, learner, _badge_of(db, learner), days=7)

    assert _found(db, link, at=NOW + timedelta(days=7, seconds=-1)) is link
    assert _found(db, link, at=NOW + timedelta(days=7)) is None


def test_a_withdrawn_link_opens_nothing_and_the_others_stand(db):
    learner = factories.learner()
    badge = _badge_of(db, learner)
    ended, standing = _share(db, learner, badge), _share(db, learner, badge)

    withdraw(db, learner=learner, uuid=ended.uuid, now=NOW)
    withdraw(db, learner=learner, uuid=ended.uuid, now=NOW + timedelta(days=1))

    assert (_found(db, ended), _found(db, standing)) == (None, standing)
    assert ended.withdrawn_at == NOW


def test_nobody_withdraws_anothers_link(db):
    learner = factories.learner()
    link = _share(db, learner, _badge_of(db, learner))

    with pytest.raises(NotFound):
        withdraw(db, learner=factories.learner(), uuid=link.uuid, now=NOW)
    assert _found(db, link) is link


def test_a_learner_shares_only_their_own_standing_badges(db):
    learner = factories.learner()
    theirs, gone = _badge_of(db, factories.learner()), _badge_of(db, learner)
    revoke(db, credential=gone, reason="A mistake.", now=NOW)

    with pytest.raises(NotFound):
        _share(db, learner, theirs)
    with pytest.raises(Conflict, match="taken back"):
        _share(db, learner, gone)
    with pytest.raises(Conflict, match="at least one"):
        _share(db, learner)
    assert db.scalar(select(func.count(Pack.id))) == 0


@pytest.fixture
def learner(db):
    went(db, factories.learner(), **giving(skills=[Skill.TEAMWORK]))
    return factories.learner()


def _lines(db, learner):
    return page_of(db, learner, strands_for(db, learner)).lines


def _packed(db, learner, **given):
    keys = [line.key for line in _lines(db, learner)]
    given = {"label": "college", "shows_name": False, "shows_hours": False, "days": 30} | given
    return share(db, learner=learner, line_keys=keys, secret=SECRET, now=NOW, **given)


def test_the_first_strengths_are_what_most_sides_saw(db, learner):
    gives = giving(skills=[Skill.TEAMWORK, Skill.CREATIVITY])
    went(db, learner, **gives)
    went(db, learner, days_ago=1, **giving(skills=[Skill.TEAMWORK]))
    logged(db, learner, skills=[Skill.PLANNING])

    pack = _packed(db, learner)

    assert [each.skill for each in pack.strengths] == [
        Skill.TEAMWORK,
        Skill.CREATIVITY,
        Skill.PLANNING,
    ]
    assert len({each.key for each in pack.strengths}) == 3


def test_a_learner_says_their_strengths_their_own_way(db, learner):
    logged(db, learner)
    pack = _packed(db, learner)
    (line,) = _lines(db, learner)
    mine = [Strength("I turn up when it rains", line.key)]

    choose_strengths(db, learner=learner, uuid=pack.uuid, strengths=mine)

    assert [each.words for each in contents_of(db, pack).strengths] == ["I turn up when it rains"]
    for wrong in ([Strength("", line.key)], [Strength("Mine", "logged_other")], mine * 4):
        with pytest.raises(Conflict):
            choose_strengths(db, learner=learner, uuid=pack.uuid, strengths=wrong)
    with pytest.raises(NotFound):
        choose_strengths(db, learner=factories.learner(), uuid=pack.uuid, strengths=mine)


def test_each_sentence_hangs_on_a_line_and_goes_with_it(db, learner):
    activity = logged(db, learner)
    pack = _packed(db, learner, kind=PackKind.UCAS)
    (line,) = _lines(db, learner)

    write(db, learner=learner, uuid=pack.uuid, sentences=[Sentence("outside", "x" * 351, line.key)])

    outside = contents_of(db, pack).written[2]
    assert (outside.length, outside.still_short) == (351, 0)
    with pytest.raises(Conflict, match="what shows it"):
        write(db, learner=learner, uuid=pack.uuid, sentences=[Sentence("outside", "Mine", "")])
    with pytest.raises(Conflict):
        write(db, learner=learner, uuid=pack.uuid, sentences=[Sentence("else", "Mine", line.key)])
    delete_logged(db, learner=learner, uuid=activity.uuid)
    assert contents_of(db, pack).written[2].length == 0


@pytest.mark.parametrize(
    ("lengths", "fits"), [((1000, 1000, 1000, 997), True), ((1000,) * 4, False)]
)
def test_a_statement_has_four_thousand_characters_spaces_counted(db, learner, lengths, fits):
    logged(db, learner)
    pack = _packed(db, learner, kind=PackKind.UCAS)
    (line,) = _lines(db, learner)
    sentences = [Sentence("course", "x" * length, line.key) for length in lengths]

    if fits:
        write(db, learner=learner, uuid=pack.uuid, sentences=sentences)
        assert contents_of(db, pack).written[0].length == 4_000
    else:
        with pytest.raises(Conflict, match="4000"):
            write(db, learner=learner, uuid=pack.uuid, sentences=sentences)


_ACTS = st.lists(
    st.tuples(st.sampled_from(["hide", "show", "delete", "end", "later"]), st.integers(0, 3)),
    max_size=8,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.sets(st.integers(0, 3), min_size=1), acts=_ACTS)
def test_a_reader_sees_what_was_chosen_and_stands_and_nothing_else(db, learner, chosen, acts):
    with db.begin_nested() as undone:
        activities = [logged(db, learner, days_ago=days) for days in range(1, 5)]
        keys = [f"logged_{activity.uuid}" for activity in activities]
        given = {"label": "x", "shows_name": False, "shows_hours": False, "days": 7}
        pack = share(
            db,
            learner=learner,
            line_keys=[keys[each] for each in chosen],
            secret=SECRET,
            now=NOW,
            **given,
        )
        hidden, gone, ended, at = set(), set(), False, NOW
        for act, which in acts:
            if act == "later":
                at += timedelta(days=which)
            elif act == "end":
                withdraw(db, learner=learner, uuid=pack.uuid, now=at)
                ended = True
            elif act == "delete":
                delete_logged(db, learner=learner, uuid=activities[which].uuid)
                gone.add(which)
            elif which not in gone:
                choose(
                    db,
                    learner=learner,
                    kind=LineKind.LOGGED,
                    uuid=activities[which].uuid,
                    is_hidden=act == "hide",
                    counts=True,
                    strand="broad",
                )
                (hidden.add if act == "hide" else hidden.discard)(which)
        seen = _found(db, pack, at=at)
        stands = not ended and at < NOW + timedelta(days=7)

        assert (seen is not None) == stands
        shown = {line.key for line in contents_of(db, pack).lines}
        assert shown == {keys[each] for each in chosen - hidden - gone}
        undone.rollback()
    db.expire_all()


def test_the_table_alone_opens_nothing(db):
    learner = factories.learner()
    link = _share(db, learner, _badge_of(db, learner))

    token = token_of(link.uuid, secret=SECRET, kind=LINK_KIND)
    assert token not in str(vars(link))
    assert token != token_of(link.uuid, secret="another secret", kind=LINK_KIND)
