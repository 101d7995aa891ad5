"""Who is in a team: invited once, out at the next request, and never without an admin."""

from datetime import timedelta
from hashlib import sha256

import pytest

from accounts.models import Role, User
from app.errors import Conflict, NotAllowed, NotFound
from providers import queries, team
from providers.models import Invitation, MemberRole, ProviderMember, ProviderStatus
from tests import factories
from tests.factories import NOW


@pytest.fixture
def provider(db):
    return factories.provider()


@pytest.fixture
def admin(provider):
    return factories.member(of=provider)


@pytest.fixture
def invite(db, provider, admin):
    def invite(email="dora@example.org", role=MemberRole.DOOR, now=NOW, by=admin):
        return team.invite(db, provider=provider, invited_by=by, email=email, role=role, now=now)

    return invite


def join(db, token, now=NOW, name="Dora"):
    team.accept_as_new(db, token=token, name=name, password="three small words", now=now)


def roles(db, provider):
    return {each.user.name: each.role for each in queries.team_of(db, provider)}


def test_an_invitation_keeps_nothing_that_opens_it(invite):
    invitation, token = invite("Dora@Example.org")

    assert len(token) >= 43
    assert invitation.token_hash == sha256(token.encode()).hexdigest()
    assert (invitation.email, invitation.expires_at) == (
        "dora@example.org",
        NOW + timedelta(days=7),
    )


@pytest.mark.parametrize(
    ("role", "account"),
    [
        (MemberRole.ADMIN, Role.PROVIDER_ADMIN),
        (MemberRole.ORGANISER, Role.PROVIDER_STAFF),
        (MemberRole.DOOR, Role.PROVIDER_STAFF),
        (MemberRole.SAFEGUARDING_LEAD, Role.PROVIDER_STAFF),
    ],
)
def test_who_has_no_account_makes_one_for_the_invited_address(db, provider, invite, role, account):
    noise = factories.provider()
    _invitation, token = invite(role=role)

    join(db, token)

    user = db.query(User).filter_by(email="dora@example.org").one()
    assert (user.name, user.role) == ("Dora", account)
    assert queries.role_in(db, user, provider) is role
    assert queries.role_in(db, user, noise) is None


def test_who_has_an_account_joins_with_it_and_with_no_other(db, provider, invite):
    user = factories.adult(Role.PROVIDER_STAFF, email="dora@example.org")
    _invitation, token = invite()

    for other in (
        factories.adult(Role.PROVIDER_STAFF),
        factories.adult(Role.GUARDIAN),
        factories.member(of=factories.provider()),
    ):
        with pytest.raises(NotFound):
            team.accept(db, token=token, user=other, now=NOW)
    team.accept(db, token=token, user=user, now=NOW)

    assert queries.role_in(db, user, provider) is MemberRole.DOOR


@pytest.mark.parametrize("is_known", [True, False])
def test_whether_an_address_has_an_account_shows_nowhere(db, provider, invite, is_known):
    if is_known:
        factories.adult(Role.GUARDIAN, email="dora@example.org", name="Known")
    _invitation, token = invite()

    join(db, token)

    # Whoever is not signed in finds the link used up, in both cases.
    assert team.invitation_for(db, token=token, user=None, now=NOW) is None
    with pytest.raises(NotFound):
        join(db, token)
    named = db.query(User).filter_by(email="dora@example.org").one().name
    assert named == ("Known" if is_known else "Dora")


def test_the_owner_of_a_known_address_still_joins_after_a_stranger_tried(db, provider, invite):
    user = factories.adult(Role.PROVIDER_STAFF, email="dora@example.org")
    _invitation, token = invite()
    join(db, token)
    assert queries.role_in(db, user, provider) is None

    team.accept(db, token=token, user=user, now=NOW)

    assert queries.role_in(db, user, provider) is MemberRole.DOOR


def test_a_link_opens_once_for_seven_days_and_until_it_is_taken_back(db, provider, admin, invite):
    used, old, back, replaced = (invite(f"{name}@example.org") for name in "abcd")
    join(db, used.token)
    team.withdraw_invitation(
        db, provider=provider, withdrawn_by=admin, uuid=back.invitation.uuid, now=NOW
    )
    invite("d@example.org")

    opens = [
        team.invitation_for(db, token=token, user=None, now=now) is not None
        for token, now in (
            (used.token, NOW),
            (old.token, NOW + timedelta(days=7, seconds=-1)),
            (old.token, NOW + timedelta(days=7)),
            (back.token, NOW),
            (replaced.token, NOW),
            ("no such token", NOW),
        )
    ]
    assert opens == [False, True, False, False, False, False]


def test_nobody_is_invited_twice_into_a_team_they_are_in(invite, admin):
    with pytest.raises(Conflict, match="already"):
        invite(admin.email)


def test_no_more_are_invited_at_once_than_a_club_has(db, provider, invite):
    for number in range(team.MOST_INVITED):
        invite(f"n{number}@example.org")

    with pytest.raises(Conflict, match="Many invitations"):
        invite("one@more.example")
    assert len(team.invitations_of(db, provider, NOW)) == team.MOST_INVITED


@pytest.mark.parametrize(
    "does", [MemberRole.ORGANISER, MemberRole.DOOR, MemberRole.SAFEGUARDING_LEAD]
)
def test_only_an_admin_changes_the_team(db, provider, admin, invite, does):
    other = factories.member(of=provider, does=does)
    stranger = factories.member(of=factories.provider())
    waiting = invite().invitation

    for who in (other, stranger):
        acts = (
            lambda who=who: invite("x@example.org", by=who),
            lambda who=who: team.withdraw_invitation(
                db, provider=provider, withdrawn_by=who, uuid=waiting.uuid, now=NOW
            ),
            lambda who=who: team.change_role(
                db, provider=provider, changed_by=who, user_uuid=who.uuid, role=MemberRole.ADMIN
            ),
            lambda who=who: team.remove(
                db, provider=provider, removed_by=who, user_uuid=admin.uuid, now=NOW
            ),
        )
        for act in acts:
            with pytest.raises(NotAllowed):
                act()
    assert db.query(Invitation).count() == 1


def test_who_is_removed_is_out_and_may_be_invited_again(db, provider, admin, invite):
    other = factories.member(of=provider, does=MemberRole.ORGANISER)
    assert queries.speaks_for(db, other, provider)

    team.remove(db, provider=provider, removed_by=admin, user_uuid=other.uuid, now=NOW)

    assert queries.part_in(db, other, provider) is None
    row = db.get(ProviderMember, (provider.id, other.id))
    assert row.ended_at == NOW, "the row stays: nobody decides on what they were in"
    _invitation, token = invite(other.email, MemberRole.DOOR)
    team.accept(db, token=token, user=other, now=NOW + timedelta(days=1))
    assert queries.role_in(db, other, provider) is MemberRole.DOOR


def test_the_last_admin_stays(db, provider, admin):
    factories.member(of=provider, does=MemberRole.ORGANISER)
    factories.member(of=provider).disabled_at = NOW
    acts = (
        lambda: team.remove(db, provider=provider, removed_by=admin, user_uuid=admin.uuid, now=NOW),
        lambda: team.leave(db, provider=provider, user=admin, now=NOW),
        lambda: team.change_role(
            db, provider=provider, changed_by=admin, user_uuid=admin.uuid, role=MemberRole.DOOR
        ),
    )
    for act in acts:
        with pytest.raises(Conflict, match="only admin"):
            act()

    second = factories.member(of=provider)
    team.leave(db, provider=provider, user=admin, now=NOW)
    assert queries.role_in(db, admin, provider) is None
    assert queries.runs(db, second, provider)


def test_anyone_else_may_leave(db, provider, admin):
    door = factories.member(of=provider, does=MemberRole.DOOR)

    team.leave(db, provider=provider, user=door, now=NOW)

    assert roles(db, provider) == {admin.name: MemberRole.ADMIN}
    with pytest.raises(NotFound):
        team.leave(db, provider=provider, user=door, now=NOW)


def test_somebody_of_another_team_is_not_found(db, provider, admin):
    elsewhere = factories.member(of=factories.provider())

    for act in (
        lambda: team.remove(
            db, provider=provider, removed_by=admin, user_uuid=elsewhere.uuid, now=NOW
        ),
        lambda: team.change_role(
            db, provider=provider, changed_by=admin, user_uuid=elsewhere.uuid, role=MemberRole.DOOR
        ),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_paused_organisation_changes_nobody(db, admin, provider, invite):
    provider.status = ProviderStatus.SUSPENDED
    db.flush()

    with pytest.raises(NotAllowed):
        invite()
