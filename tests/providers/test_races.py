"""Two people at once, with real connections and real commits: whoever comes second waits, then is told."""

import pytest
from sqlalchemy import func, select

from accounts.models import User
from app.errors import Conflict, NotAllowed, NotFound
from providers import team
from providers.models import MemberRole, Provider, ProviderMember
from tests import factories
from tests.factories import NOW
from tests.participation.test_races import all_at_once, engine, rows, sessions

__all__ = ["all_at_once", "engine", "rows", "sessions"]


def admins_left(db, provider_id):
    left = select(func.count()).where(
        ProviderMember.provider_id == provider_id,
        ProviderMember.ended_at.is_(None),
        ProviderMember.role == MemberRole.ADMIN,
    )
    return db.scalar(left)


@pytest.mark.slow
@pytest.mark.parametrize("act", ["remove", "demote", "leave"])
def test_of_ten_admins_who_all_go_at_once_one_stays(rows, sessions, all_at_once, act):
    with rows():
        provider = factories.provider()
        people = [factories.member(of=provider) for _ in range(10)]
        key, uuids = provider.id, [each.uuid for each in people]
        # Each puts the next one out, and the last the first.
        pairs = list(zip([each.id for each in people], [*uuids[1:], uuids[0]], strict=True))

    def go(db, pair):
        user_id, other = pair
        common = {"provider": db.get_one(Provider, key)}
        user = db.get_one(User, user_id)
        try:
            if act == "remove":
                team.remove(db, removed_by=user, user_uuid=other, now=NOW, **common)
            elif act == "demote":
                team.change_role(
                    db, changed_by=user, user_uuid=other, role=MemberRole.DOOR, **common
                )
            else:
                team.leave(db, user=user, now=NOW, **common)
        except (NotAllowed, NotFound) as refusal:
            raise Conflict from refusal

    all_at_once(go, pairs)

    with sessions() as db:
        assert admins_left(db, key) >= 1
    if act == "leave":
        with sessions() as db:
            assert admins_left(db, key) == 1


@pytest.mark.slow
def test_an_invitation_that_ten_answer_at_once_lets_one_in(rows, sessions, all_at_once):
    with rows():
        provider = factories.provider()
        admin = factories.member(of=provider)
        _invitation, token = team.invite(
            factories.current_db,
            provider=provider,
            invited_by=admin,
            email="dora@x.example",
            role=MemberRole.DOOR,
            now=NOW,
        )
        key = provider.id

    def answer(db, number):
        try:
            team.accept_as_new(
                db, token=token, name=f"Dora {number}", password="three small words", now=NOW
            )
        except NotFound as refusal:
            raise Conflict from refusal

    answers = all_at_once(answer, range(10))

    assert answers == {"done": 1, "Conflict": 9}
    with sessions() as db:
        mine = select(func.count()).where(ProviderMember.provider_id == key)
        assert db.scalar(mine) == 2
