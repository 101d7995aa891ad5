"""Showing a chosen part of one's record."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.errors import Conflict, NotFound
from app.links import token_hash, token_of
from badges.service import award, revoke
from profiles.models import ShareLink
from profiles.queries import live_share_link
from profiles.service import LINK_KIND, share, withdraw_share
from tests import factories
from tests.factories import NOW

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
    return live_share_link(
        db, token_hash(token_of(link.uuid, secret=SECRET, kind=LINK_KIND)), now=at
    )


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

    withdraw_share(db, learner=learner, uuid=ended.uuid, now=NOW)
    withdraw_share(db, learner=learner, uuid=ended.uuid, now=NOW + timedelta(days=1))

    assert (_found(db, ended), _found(db, standing)) == (None, standing)
    assert ended.withdrawn_at == NOW


def test_nobody_withdraws_anothers_link(db):
    learner = factories.learner()
    link = _share(db, learner, _badge_of(db, learner))

    with pytest.raises(NotFound):
        withdraw_share(db, learner=factories.learner(), uuid=link.uuid, now=NOW)
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
    assert db.scalar(select(func.count(ShareLink.id))) == 0


def test_the_table_alone_opens_nothing(db):
    learner = factories.learner()
    link = _share(db, learner, _badge_of(db, learner))

    token = token_of(link.uuid, secret=SECRET, kind=LINK_KIND)
    assert token not in str(vars(link))
    assert token != token_of(link.uuid, secret="another secret", kind=LINK_KIND)
