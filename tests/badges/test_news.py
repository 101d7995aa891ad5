"""What upper rooms hear of badges: each change once, and nothing where nothing changed."""

from badges.news import holding_changed
from badges.service import award, reinstate, revoke
from tests import factories
from tests.factories import NOW


def test_giving_taking_back_and_giving_again_are_heard_once_each(db):
    heard, learner, achievement = [], factories.learner(), factories.achievement()

    def listen(who, db):
        heard.append(who)

    def give():
        return award(
            db,
            achievement=achievement,
            recipient=learner,
            evidence="Came.",
            activity_started_at=NOW,
            activity_ended_at=NOW,
            now=NOW,
        )

    with holding_changed.connected_to(listen):
        badge = give()
        assert heard == [learner]
        give()
        reinstate(db, credential=badge)
        assert heard == [learner]
        revoke(db, credential=badge, reason="Undone.", now=NOW)
        revoke(db, credential=badge, reason="Undone.", now=NOW)
        assert heard == [learner] * 2
        give()
        assert heard == [learner] * 3
