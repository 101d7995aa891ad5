"""Classes and groups: an adult of a checked organisation keeps one, and each learner says yes to it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from secrets import token_hex
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.access import PROVIDER_ROLES
from accounts.models import User
from accounts.passes import ALPHABET, read_pass_code
from accounts.service import NewLearner, renew_pin, start_learner
from accounts.throttle import keyed_hash
from app.db import lock
from app.errors import Conflict, NotFound
from app.links import token_hash as hash_token
from app.screening import find
from providers.models import Provider, ProviderKind
from supporters.class_list import Pupil
from supporters.models import (
    EndedBy,
    SupporterGroup,
    SupporterGroupMember,
    SupporterLink,
    SupportKind,
    SupportScope,
)
from supporters.queries import first_yes_of, group_with_code, is_blocked, own_group
from supporters.service import Lasting, lasts_until, organisation_to_act_for, refuse_name

CODE_LENGTH = 8
#: Of one adult.
MOST_GROUPS = 30
#: So long a card of a class waits for its learner. Then the account is deleted.
CARD_WAITS = timedelta(days=60)


class NoSuchGroup(Conflict):
    """A code that was never made, or is over: the two look alike."""


def make_group(
    db: Session, *, owner: User, name: str, secret: str, now: datetime
) -> SupporterGroup:
    """Make a group for an organisation that the council has checked. Flushes.

    :raises NotAllowed: its owner is in none.
    :raises Conflict: they keep many, or the name holds what must not stand there.
    """
    provider = organisation_to_act_for(db, owner, now)
    refuse_name(owner)
    if find([name]):
        raise Conflict(_("Write only a name: no number, no address."))
    kept = select(SupporterGroup.id).filter_by(owner_id=owner.id, ended_at=None)
    if len(db.scalars(kept).all()) >= MOST_GROUPS:
        raise Conflict(_("You keep many groups. End one of them first."))
    uuid = uuid4()
    group = SupporterGroup(
        uuid=uuid,
        owner=owner,
        provider=provider,
        name=name,
        code_hash=_code_hash(_code(uuid, 1, secret), secret),
        code_number=1,
        made_at=now,
    )
    db.add(group)
    db.flush()
    return group


def code_of(group: SupporterGroup, *, secret: str) -> str:
    """Return what learners type to join."""
    return _code(group.uuid, group.code_number, secret)


def renew_code(db: Session, *, owner: User, uuid: UUID, secret: str) -> SupporterGroup:
    """Give a group a new code. The old one lets nobody in from now on. Flushes.

    :raises NotFound: no such group of theirs.
    """
    group = own_group(db, owner, uuid)
    lock(db, SupporterGroup, group.id)
    group.code_number += 1
    group.code_hash = _code_hash(code_of(group, secret=secret), secret)
    db.flush()
    return group


def find_group(db: Session, *, code: str, secret: str, now: datetime) -> SupporterGroup:
    """Return the group that a code is for, to show a learner before they say yes.

    :raises NoSuchGroup: there is none.
    """
    group = group_with_code(db, _code_hash(read_pass_code(code), secret), now)
    if group is None:
        raise NoSuchGroup(_("We cannot find a group with that code."))
    return group


def join(
    db: Session,
    *,
    learner: User,
    code: str,
    scopes: Collection[SupportScope],
    lasting: Lasting,
    secret: str,
    now: datetime,
) -> SupporterGroup:
    """Let a learner into a group, and its owner do what the learner chose. Twice is harmless. Flushes.

    Whom the learner let in before keeps what they may.

    :raises NoSuchGroup: there is none, or an officer said no to its owner.
    :raises Conflict: nothing was chosen.
    """
    group = find_group(db, code=code, secret=secret, now=now)
    lock(db, User, learner.id)
    if is_blocked(db, learner, group.owner):
        raise NoSuchGroup(_("We cannot find a group with that code."))
    if not scopes:
        raise Conflict(_("Choose what they may do."))
    _link(db, learner, group, scopes=scopes, lasting=lasting, now=now)
    _add(db, group, learner, now)
    return group


def leave(db: Session, *, learner: User, uuid: UUID, now: datetime) -> None:
    """Let a learner out of a group; what its owner may do because of it ends. Twice is harmless. Flushes."""
    lock(db, User, learner.id)
    group = db.scalar(select(SupporterGroup).filter_by(uuid=uuid))
    if group is None:
        return
    db.execute(
        delete(SupporterGroupMember).where(
            SupporterGroupMember.group_id == group.id,
            SupporterGroupMember.learner_id == learner.id,
        )
    )
    db.execute(
        update(SupporterLink)
        .where(
            SupporterLink.learner_id == learner.id,
            SupporterLink.group_id == group.id,
            SupporterLink.ended_at.is_(None),
        )
        .values(ended_at=now, ended_by=EndedBy.LEARNER)
    )


def end_group(db: Session, *, owner: User, uuid: UUID, now: datetime) -> None:
    """End a group, and what came with joining it. Flushes.

    :raises NotFound: no such group of theirs.
    """
    group = own_group(db, owner, uuid)
    lock(db, SupporterGroup, group.id)
    group.ended_at = now
    db.execute(delete(SupporterGroupMember).where(SupporterGroupMember.group_id == group.id))
    db.execute(
        update(SupporterLink)
        .where(SupporterLink.group_id == group.id, SupporterLink.ended_at.is_(None))
        .values(ended_at=now, ended_by=EndedBy.ADULT)
    )
    db.flush()


def start_class(
    db: Session, *, owner: User, name: str, pupils: Sequence[Pupil], secret: str, now: datetime
) -> tuple[SupporterGroup, list[NewLearner]]:
    """Make a group with an account for each of a class; the caller shows each pass once. Flushes.

    The owner may write to each, and sees nothing, until that learner has signed in and said yes.

    :raises NotAllowed, Conflict: as `make_group`.
    """
    group = make_group(db, owner=owner, name=name, secret=secret, now=now)
    started = [
        start_learner(db, name=pupil.name, age_band=pupil.age_band, home=pupil.home)
        for pupil in pupils
    ]
    for each in started:
        link = _new_link(each.user, group, scopes=[SupportScope.COMMENT], now=now)
        link.is_by_adult, link.expires_at = True, now + CARD_WAITS
        db.add(link)
        db.flush()
        _add(db, group, each.user, now)
    return group, started


def new_card(db: Session, *, owner: User, uuid: UUID, learner_uuid: UUID) -> NewLearner:
    """Return the pass of somebody in a class with a new PIN, as long as they have not come. Flushes.

    Once the learner has said yes or no, the pass is theirs alone.

    :raises NotFound: no such group, nobody such in it, or they have come.
    """
    group = own_group(db, owner, uuid)
    waits = (
        select(SupporterLink)
        .join(SupporterLink.learner)
        .where(
            SupporterLink.group_id == group.id,
            SupporterLink.is_by_adult,
            SupporterLink.agreed_at.is_(None),
            SupporterLink.ended_at.is_(None),
            User.uuid == learner_uuid,
        )
    )
    link = db.scalar(waits)
    if link is None:
        raise NotFound(_("We cannot find that."))
    lock(db, User, link.learner_id)
    return NewLearner(link.learner, renew_pin(db, learner=link.learner))


def say_first(
    db: Session,
    *,
    learner: User,
    scopes: Collection[SupportScope],
    lasting: Lasting,
    now: datetime,
) -> str:
    """Take the first word of a learner whose account an adult made: what they let them, or nothing.

    Returns a new PIN: the one on the card was seen by another. Flushes.

    :raises NotFound: they have said it, or nobody made their account.
    """
    lock(db, User, learner.id)
    link = first_yes_of(db, learner)
    if link is None:
        raise NotFound(_("We cannot find that."))
    lock(db, SupporterLink, link.id)
    if scopes:
        link.agreed_at = link.takes_effect_at = now
        link.expires_at = lasts_until(lasting, now)
        link.scopes = [scope for scope in SupportScope if scope in scopes]
    else:
        link.ended_at, link.ended_by = now, EndedBy.LEARNER
        if link.group_id is not None:
            gone = delete(SupporterGroupMember).filter_by(
                group_id=link.group_id, learner_id=learner.id
            )
            db.execute(gone)
    db.flush()
    return renew_pin(db, learner=learner)


def kind_for(provider: Provider) -> SupportKind:
    """Return what somebody of an organisation is to those in their group."""
    is_school = provider.kind is ProviderKind.SCHOOL
    return SupportKind.TEACHER if is_school else SupportKind.YOUTH_WORKER


def may_keep_groups(user: User) -> bool:
    return user.role in PROVIDER_ROLES


def _link(
    db: Session,
    learner: User,
    group: SupporterGroup,
    *,
    scopes: Collection[SupportScope],
    lasting: Lasting,
    now: datetime,
) -> None:
    live = select(SupporterLink).filter_by(
        learner_id=learner.id, adult_id=group.owner_id, ended_at=None
    )
    known = db.scalar(live)
    if known is not None and known.agreed_at is not None and (known.expires_at or now) > now:
        return
    if known is not None:
        # One that ran out, or still waits for this very yes.
        known.ended_at, known.ended_by = now, EndedBy.LEARNER
        db.flush()
    link = _new_link(learner, group, scopes=scopes, now=now)
    link.agreed_at = link.takes_effect_at = now
    link.expires_at = lasts_until(lasting, now)
    db.add(link)
    db.flush()


def _new_link(
    learner: User, group: SupporterGroup, *, scopes: Collection[SupportScope], now: datetime
) -> SupporterLink:
    return SupporterLink(
        uuid=uuid4(),
        learner=learner,
        adult=group.owner,
        kind=kind_for(group.provider),
        scopes=[scope for scope in SupportScope if scope in scopes],
        provider=group.provider,
        # No address opens it: both are known.
        token_hash=hash_token(token_hex()),
        asked_at=now,
        invited_until=now + CARD_WAITS,
        taken_up_at=now,
        group=group,
    )


def _add(db: Session, group: SupporterGroup, learner: User, now: datetime) -> None:
    joined = insert(SupporterGroupMember).values(
        group_id=group.id, learner_id=learner.id, joined_at=now
    )
    db.execute(joined.on_conflict_do_nothing())


def _code(uuid: UUID, number: int, secret: str) -> str:
    """Return eight signs that only the holder of the secret can make: 36 bits, and few tries."""
    drawn = int(keyed_hash(secret, "supporter group", f"{uuid.hex}.{number}"), 16)
    signs = []
    for _place in range(CODE_LENGTH):
        drawn, sign = divmod(drawn, len(ALPHABET))
        signs.append(ALPHABET[sign])
    return "".join(signs)


def _code_hash(code: str, secret: str) -> str:
    return keyed_hash(secret, "supporter group code", code)
