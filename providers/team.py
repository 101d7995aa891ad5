"""Who is in an organisation's team: invited, joined, given something else to do, gone.

Whoever leaves is out at the next request, wherever they are signed in: `queries.role_in` asks the
row each time. The organisation's own row is held meanwhile, so that it always keeps an admin.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from accounts.access import PROVIDER_ROLES
from accounts.models import Role, User
from accounts.queries import user_by_email
from accounts.service import register_adult
from app.clock import LONDON
from app.db import lock
from app.errors import Conflict, NotAllowed, NotFound
from app.links import token_hash
from providers.models import Invitation, MemberRole, Provider, ProviderMember
from providers.queries import part_in, runs
from providers.telling import tell_invited

INVITATION_DAYS = 7
#: More people at once than a club's committee, and fewer than anyone sends who means harm.
MOST_INVITED = 20


class NewInvitation(NamedTuple):
    """An invitation, and the token of its address that nobody can ever read again."""

    invitation: Invitation
    token: str


def invite(
    db: Session,
    *,
    provider: Provider,
    invited_by: User,
    email: str,
    role: MemberRole,
    now: datetime,
) -> NewInvitation:
    """Invite the holder of an address to the team. An earlier invitation of theirs ends. Flushes.

    :raises NotAllowed: `invited_by` is no admin there.
    :raises Conflict: they are in the team, or too many invitations wait already.
    """
    provider, email = _held(db, provider, invited_by), email.lower()
    _refuse_those_within(db, provider, email)
    waiting = invitations_of(db, provider, now)
    for earlier in (each for each in waiting if each.email == email):
        earlier.withdrawn_at = now
    if len(waiting) >= MOST_INVITED:
        raise Conflict(_("Many invitations wait for an answer. Take some back first."))
    token = secrets.token_urlsafe(32)
    invitation = Invitation(
        token_hash=token_hash(token),
        provider=provider,
        email=email,
        role=role,
        invited_by_id=invited_by.id,
        made_at=now,
        expires_at=now + timedelta(days=INVITATION_DAYS),
    )
    db.add(invitation)
    db.flush()
    last_day = invitation.expires_at.astimezone(LONDON).date()
    tell_invited(db, invitation, inviter=invited_by, token=token, until=last_day, now=now)
    return NewInvitation(invitation, token)


def withdraw_invitation(
    db: Session, *, provider: Provider, withdrawn_by: User, uuid: UUID, now: datetime
) -> None:
    """Let an invitation open nothing any more. Flushes.

    :raises NotAllowed: `withdrawn_by` is no admin there.
    :raises NotFound: none of that organisation waits under this key.
    """
    _held(db, provider, withdrawn_by)
    found = select(Invitation).filter_by(provider_id=provider.id, uuid=uuid)
    invitation = db.scalar(found.where(_waits(now)))
    if invitation is None:
        raise NotFound(_("We cannot find that invitation."))
    invitation.withdrawn_at = now
    db.flush()


def invitations_of(db: Session, provider: Provider, now: datetime) -> Sequence[Invitation]:
    """Return the invitations that wait for an answer, the newest first."""
    found = select(Invitation).where(Invitation.provider_id == provider.id, _waits(now))
    return db.scalars(found.order_by(Invitation.id.desc())).all()


def invitation_for(
    db: Session, *, token: str, user: User | None, now: datetime
) -> Invitation | None:
    """Return the invitation that a token opens for `user`, or for somebody who is not signed in.

    None where it was used, taken back, is too old, or never was, and once somebody who was not
    signed in has answered it: whether their address had an account is nobody's business. Then it
    is only for whoever signs in to that account.
    """
    found = select(Invitation).filter_by(token_hash=token_hash(token)).where(_waits(now))
    invitation = db.scalar(found.options(joinedload(Invitation.provider, innerjoin=True)))
    if invitation is None or _is_for(user, invitation):
        return invitation
    return invitation if user is None and invitation.answered_at is None else None


def accept(db: Session, *, token: str, user: User, now: datetime) -> Provider:
    """Join the team that one was invited to, with the account that one has. Flushes.

    :raises NotFound: the invitation does not open for `user`: why is not said.
    """
    invitation = _taken(db, token, user, now)
    _join(db, invitation, user, now)
    return invitation.provider


def accept_as_new(db: Session, *, token: str, name: str, password: str, now: datetime) -> None:
    """Make an account for the invited address and join; where it has one, do neither. Flushes.

    The caller answers both alike. Both do the same work.

    :raises NotFound: the invitation opens for nobody who is not signed in: why is not said.
    """
    invitation = _taken(db, token, None, now)
    invitation.answered_at = now
    is_known = user_by_email(db, invitation.email) is not None
    with db.begin_nested() as attempt:
        # Nobody's address, made and undone, so that the answer takes as long as any other.
        address = f"{uuid4()}@invalid" if is_known else invitation.email
        is_admin = invitation.role is MemberRole.ADMIN
        role = Role.PROVIDER_ADMIN if is_admin else Role.PROVIDER_STAFF
        try:
            user = register_adult(db, role=role, name=name, email=address, password=password)
        except Conflict:  # two answers to one invitation, at the same moment
            attempt.rollback()
            return
        _join(db, invitation, user, now)
        if is_known:
            attempt.rollback()
    db.flush()


def change_role(
    db: Session, *, provider: Provider, changed_by: User, user_uuid: UUID, role: MemberRole
) -> ProviderMember:
    """Give someone of the team something else to do. Flushes.

    :raises NotAllowed: `changed_by` is no admin there.
    :raises NotFound: nobody in the team has this key.
    :raises Conflict: the team would have no admin.
    """
    provider = _held(db, provider, changed_by)
    member = _member(db, provider, user_uuid)
    if role is not MemberRole.ADMIN:
        _refuse_last_admin(db, member)
    member.role = role
    db.flush()
    return member


def remove(
    db: Session, *, provider: Provider, removed_by: User, user_uuid: UUID, now: datetime
) -> ProviderMember:
    """Take someone out of the team, from the next request on. Flushes.

    :raises NotAllowed: `removed_by` is no admin there.
    :raises NotFound: nobody in the team has this key.
    :raises Conflict: the team would have no admin.
    """
    provider = _held(db, provider, removed_by)
    member = _member(db, provider, user_uuid)
    _refuse_last_admin(db, member)
    member.ended_at = now
    db.flush()
    return member


def leave(db: Session, *, provider: Provider, user: User, now: datetime) -> None:
    """Leave the team. Flushes.

    :raises NotFound: `user` is not in it.
    :raises Conflict: the team would have no admin.
    """
    lock(db, Provider, provider.id)
    member = _member(db, provider, user.uuid)
    _refuse_last_admin(db, member)
    member.ended_at = now
    db.flush()


def member_of(db: Session, provider: Provider, user_uuid: UUID) -> ProviderMember:
    """Return someone who is in the team today.

    :raises NotFound: nobody in the team has this key.
    """
    return _member(db, provider, user_uuid)


def _held(db: Session, provider: Provider, user: User) -> Provider:
    provider = lock(db, Provider, provider.id) or provider
    if not runs(db, user, provider):
        raise NotAllowed(_("Only an admin can change the team."))
    return provider


def _member(db: Session, provider: Provider, user_uuid: UUID) -> ProviderMember:
    found = (
        select(ProviderMember)
        .join(ProviderMember.user)
        .where(
            ProviderMember.provider_id == provider.id,
            ProviderMember.ended_at.is_(None),
            User.uuid == user_uuid,
        )
    )
    # As the database has it now: another admin may have changed it while this one waited.
    member = db.scalar(found, execution_options={"populate_existing": True})
    if member is None:
        raise NotFound(_("We cannot find that person in your team."))
    return member


def _refuse_last_admin(db: Session, member: ProviderMember) -> None:
    others = (
        select(func.count())
        .select_from(ProviderMember)
        .join(ProviderMember.user)
        .where(
            ProviderMember.provider_id == member.provider_id,
            ProviderMember.user_id != member.user_id,
            ProviderMember.role == MemberRole.ADMIN,
            ProviderMember.ended_at.is_(None),
            User.disabled_at.is_(None),
            User.role.in_(PROVIDER_ROLES),
        )
    )
    if member.role is MemberRole.ADMIN and not db.scalar(others):
        raise Conflict(_("This is the only admin. Make somebody else an admin first."))


def _refuse_those_within(db: Session, provider: Provider, email: str) -> None:
    user = user_by_email(db, email)
    if user is not None and part_in(db, user, provider):
        raise Conflict(_("They are in your team already."))


def _taken(db: Session, token: str, user: User | None, now: datetime) -> Invitation:
    """Return an invitation that opens for `user`, held so that it is used once."""
    invitation = invitation_for(db, token=token, user=user, now=now)
    if invitation is not None:
        lock(db, Provider, invitation.provider_id)
        db.refresh(invitation)
        invitation = invitation_for(db, token=token, user=user, now=now)
    if invitation is None:
        raise NotFound(_("This invitation does not work any more. Ask for a new one."))
    return invitation


def _join(db: Session, invitation: Invitation, user: User, now: datetime) -> None:
    member = db.get(ProviderMember, (invitation.provider_id, user.id))
    if member is None:
        member = ProviderMember(provider_id=invitation.provider_id, user_id=user.id, joined_at=now)
        db.add(member)
    if member.ended_at is not None:
        member.joined_at, member.ended_at = now, None
    member.role = invitation.role
    invitation.accepted_at = now
    db.flush()


def _is_for(user: User | None, invitation: Invitation) -> bool:
    return user is not None and user.role in PROVIDER_ROLES and user.email == invitation.email


def _waits(now: datetime) -> ColumnElement[bool]:
    return (
        Invitation.accepted_at.is_(None)
        & Invitation.withdrawn_at.is_(None)
        & (Invitation.expires_at > now)
    )
