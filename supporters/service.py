"""The rules of letting an adult help: a learner asks, the adult takes it up, the learner says yes.

Nothing is visible before the second yes, and nothing after the learner, or an officer, ends it.
"""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.access import PROVIDER_ROLES
from accounts.models import ADULT_BANDS, AgeBand, Role, User
from accounts.queries import user_by_email
from accounts.service import register_adult
from app.clock import LONDON
from app.db import lock
from app.errors import Conflict, NotAllowed, NotFound
from app.links import token_hash as hash_token
from app.links import token_of
from app.screening import find
from notices.kinds import NoticeKind
from notices.service import tell
from providers.models import Provider
from providers.queries import provider_of, role_in
from providers.standing import is_trusted
from supporters.models import (
    EndedBy,
    PageKind,
    SupporterLink,
    SupporterLook,
    SupportKind,
    SupportScope,
)
from supporters.queries import (
    grown_up,
    guardians_of,
    guards_a_child,
    invitation_for,
    is_blocked,
    link_between,
    link_to,
    may,
    never_used,
    own_link,
    supporters_of,
)

__all__ = ["link_between", "may"]

#: Tells these addresses from others.
LINK_KIND = "support"
#: So long an adult can take an invitation up.
INVITED_FOR = timedelta(days=14)
#: A guardian of a child waits so long, and those who should know hear of it meanwhile.
GUARDIAN_WAITS = timedelta(hours=24)
#: Nobody helps for longer without being asked for again.
LONGEST = timedelta(days=365)
#: So many invitations of one learner may be open at once.
MOST_OPEN = 10
#: Who can take an invitation up. Officers have a way of their own, with a reason.
ADULTS = (Role.SUPPORTER, Role.GUARDIAN, *PROVIDER_ROLES)
#: These act for themselves, also where they belong to an organisation.
_PRIVATE = (SupportKind.GUARDIAN, SupportKind.OTHER)


class Lasting(StrEnum):
    """How long a learner lets somebody help."""

    MONTH = "month"
    SCHOOL_YEAR = "school_year"
    YEAR = "year"


def lasts_until(lasting: Lasting, now: datetime) -> datetime:
    """Return when a link ends by itself: after a year at most."""
    match lasting:
        case Lasting.MONTH:
            return now + timedelta(days=30)
        case Lasting.SCHOOL_YEAR:
            return min(end_of_school_year(now), now + LONGEST)
        case Lasting.YEAR:
            return now + LONGEST


def end_of_school_year(now: datetime) -> datetime:
    """Return the first instant of the next September in London that is a month away or more."""
    soon = (now + timedelta(days=30)).astimezone(LONDON).date()
    year = soon.year if soon.month < 9 else soon.year + 1
    return datetime.combine(soon.replace(year=year, month=9, day=1), time(0), LONDON)


def invite(
    db: Session,
    *,
    learner: User,
    kind: SupportKind,
    scopes: Collection[SupportScope],
    secret: str,
    now: datetime,
) -> SupporterLink:
    """Make an address for one adult to take up. Flushes.

    :raises Conflict: nothing is let, too many wait, or a grown-up asks for a guardian.
    """
    lock(db, User, learner.id)
    _refuse_guardian_of_adult(learner, kind)
    _refuse_nothing(kind, scopes)
    waiting = select(func.count()).where(
        SupporterLink.learner_id == learner.id,
        SupporterLink.adult_id.is_(None),
        SupporterLink.ended_at.is_(None),
        SupporterLink.invited_until > now,
    )
    if (db.scalar(waiting) or 0) >= MOST_OPEN:
        raise Conflict(_("Many of your invitations still wait. End one of them first."))
    key = uuid4()
    link = SupporterLink(
        uuid=key,
        learner=learner,
        kind=kind,
        scopes=_in_order(scopes),
        token_hash=hash_token(token_of(key, secret=secret, kind=LINK_KIND)),
        asked_at=now,
        invited_until=now + INVITED_FOR,
    )
    db.add(link)
    db.flush()
    return link


def take_up(db: Session, *, adult: User, token_hash: str, now: datetime) -> SupporterLink:
    """Let an adult take an invitation up, once. They see nothing until the learner says yes. Flushes.

    :raises NotAllowed: this kind of account helps nobody here.
    :raises NotFound: the address opens nothing, or nothing any more, or an officer said no to them.
    :raises Conflict: they help this learner already, their organisation is not checked, or their
        name is more than a name.
    """
    if adult.role not in ADULTS:
        raise NotAllowed(_("This page is not for your kind of account."))
    found = invitation_for(db, token_hash, now)
    if found is None:
        raise NotFound(no_longer_open())
    # The learner first, as everywhere: a block waits for this, or this for a block.
    lock(db, User, found.learner_id)
    link = lock(db, SupporterLink, found.id)
    if link is None or link.adult_id or link.ended_at or is_blocked(db, found.learner, adult):
        raise NotFound(no_longer_open())
    refuse_name(adult)
    _refuse_second(db, adult, link.learner)
    link.provider = None if link.kind in _PRIVATE else _organisation_of(db, adult, now)
    link.adult, link.taken_up_at = adult, now
    db.flush()
    _tell(db, link.learner, NoticeKind.SUPPORT_TAKEN_UP, f"{link.uuid}", "/me/supporters", now)
    return link


def take_up_as_new(
    db: Session, *, token_hash: str, name: str, email: str, password: str, now: datetime
) -> None:
    """Make an account for whoever holds an invitation, who then signs in with it. Flushes.

    Where the address has one, nothing is made; the caller answers both alike.

    :raises NotFound: the address opens nothing any more.
    """
    link = invitation_for(db, token_hash, now)
    if link is None:
        raise NotFound(no_longer_open())
    role = Role.GUARDIAN if link.kind is SupportKind.GUARDIAN else Role.SUPPORTER
    is_known = user_by_email(db, email) is not None
    with db.begin_nested() as attempt:
        # Nobody's address, made and undone, so that the answer takes as long as any other.
        address = f"{uuid4()}@invalid" if is_known else email
        register_adult(db, role=role, name=name, email=address, password=password)
        if is_known:
            attempt.rollback()


def agree(
    db: Session, *, learner: User, uuid: UUID, lasting: Lasting, now: datetime
) -> SupporterLink:
    """Let a learner say yes to who took their invitation up. Flushes.

    A guardian of a child under 13 sees nothing for a day, and the guardians there are hear of it.

    :raises NotFound: no such link of theirs.
    :raises Conflict: nobody took it up, or a grown-up says yes to a guardian.
    """
    link = _held(db, learner, uuid)
    if link.adult is None:
        raise Conflict(_("Nobody has taken this up yet."))
    if link.agreed_at is not None:
        return link
    _refuse_guardian_of_adult(learner, link.kind)
    is_child = learner.age_band is AgeBand.FROM_11_TO_12
    guardians = guardians_of(db, learner, now)
    waits = GUARDIAN_WAITS if is_child and link.kind is SupportKind.GUARDIAN else timedelta(0)
    link.agreed_at, link.takes_effect_at = now, now + waits
    link.expires_at = lasts_until(lasting, now)
    db.flush()
    _tell(db, link.adult, NoticeKind.SUPPORT_AGREED, f"{link.uuid}", _path_of(link), now)
    if is_child:
        for guardian in guardians:
            _tell(db, guardian, NoticeKind.GUARDIAN_LINKED, f"{link.uuid}", "/family", now)
    return link


def change_scopes(
    db: Session, *, learner: User, uuid: UUID, scopes: Collection[SupportScope]
) -> SupporterLink:
    """Let a learner let an adult do more or less, from the next request on. Flushes.

    :raises NotFound: no such link of theirs.
    :raises Conflict: nothing is let: then it is to be ended; or the learner has not said yes yet.
    """
    link = _held(db, learner, uuid)
    _refuse_nothing(link.kind, scopes)
    if link.is_by_adult and link.agreed_at is None:
        raise Conflict(_("Say yes to them first."))
    link.scopes = _in_order(scopes)
    db.flush()
    return link


def renew(
    db: Session, *, learner: User, uuid: UUID, lasting: Lasting, now: datetime
) -> SupporterLink:
    """Let an adult help for longer, or no longer than this. Flushes.

    :raises NotFound: no such link of theirs.
    :raises Conflict: the learner has not said yes yet, or a grown-up renews a guardian.
    """
    link = _held(db, learner, uuid)
    if link.agreed_at is None:
        raise Conflict(_("Say yes to them first."))
    _refuse_guardian_of_adult(learner, link.kind)
    link.renewed_at, link.expires_at = now, lasts_until(lasting, now)
    db.flush()
    return link


def end_own(db: Session, *, learner: User, uuid: UUID, now: datetime) -> None:
    """Let a learner end an invitation or a link, at once. Flushes.

    :raises NotFound: no such link of theirs, or it is over.
    """
    _end(db, _held(db, learner, uuid), EndedBy.LEARNER, now)


def end_as_adult(db: Session, *, adult: User, uuid: UUID, now: datetime) -> None:
    """Let an adult stop helping, whether the learner has said yes or not. Flushes.

    :raises NotFound: no such link of theirs, or it is over.
    """
    found = db.scalar(select(SupporterLink).filter_by(uuid=uuid, adult_id=adult.id, ended_at=None))
    if found is None:
        raise NotFound(_("We cannot find that."))
    lock(db, SupporterLink, found.id)
    _end(db, found, EndedBy.ADULT, now)


def end_as_guardian(
    db: Session, *, guardian: User, learner_uuid: UUID, uuid: UUID, now: datetime
) -> None:
    """Let a guardian of a child under 13 end what another adult was let. Flushes.

    Another guardian they cannot end: that is for the child, or for an officer.

    :raises NotFound: they are not such a guardian, or there is no such link.
    """
    own = link_to(db, guardian, learner_uuid, now)
    others = supporters_of(db, own.learner, now) if guards_a_child(own) else ()
    for link in others:
        if link.uuid == uuid and link.kind is not SupportKind.GUARDIAN:
            lock(db, SupporterLink, link.id)
            _end(db, link, EndedBy.GUARDIAN, now)
            return
    raise NotFound(_("We cannot find that."))


def end_for_grown_up(db: Session, *, now: datetime) -> int:
    """Write down that guardians' rights ended with 18, and tell both; return how many. Flushes.

    They ended with the birthday itself: `queries.holding` asks.
    """
    over = grown_up(db)
    for link in over:
        _end(db, link, EndedBy.AGE, now)
        if link.agreed_at is not None:
            for person, path in ((link.learner, "/me/supporters"), (link.adult, "/family")):
                if person is not None:
                    _tell(db, person, NoticeKind.GUARDIAN_OVER, f"{link.uuid}", path, now)
    return len(over)


def forget_never_used(db: Session, *, now: datetime) -> int:
    """Delete the accounts that adults made for a class and nobody ever opened. Flushes."""
    unused = never_used(db, now)
    for learner in unused:
        db.delete(learner)
    db.flush()
    return len(unused)


def note_look(db: Session, *, adult: User, learner: User, page: PageKind, now: datetime) -> None:
    """Keep that an adult looked at something of a learner's, once a day, for the learner to see. Flushes."""
    look = insert(SupporterLook).values(
        learner_id=learner.id,
        adult_id=adult.id,
        adult_name=adult.name,
        page=page,
        looked_on=now.astimezone(LONDON).date(),
    )
    db.execute(look.on_conflict_do_nothing())


def address_token(link: SupporterLink, *, secret: str) -> str:
    """Return what the address of an invitation carries."""
    return token_of(link.uuid, secret=secret, kind=LINK_KIND)


def no_longer_open() -> str:
    """Return what an address says that opens nothing any more."""
    return _("This link has been used, has ended, or was never there. Ask for a new one.")


def organisation_to_act_for(db: Session, adult: User, now: datetime) -> Provider:
    """Return the checked organisation for which somebody keeps groups.

    :raises NotAllowed: they are in none that is trusted now.
    """
    provider = provider_of(db, adult) if adult.role in PROVIDER_ROLES else None
    if provider is None or not is_trusted(provider, now) or role_in(db, adult, provider) is None:
        raise NotAllowed(
            _("Groups are for people of a school or an organisation that the council has checked.")
        )
    return provider


def refuse_name(adult: User) -> None:
    """Refuse somebody whose name holds what must not stand before a learner.

    :raises Conflict: a way to be reached, a link, or words of secrecy.
    """
    if find([adult.name]):
        raise Conflict(_("Your name here may be a name only: no number, no address."))


def _held(db: Session, learner: User, uuid: UUID) -> SupporterLink:
    # The learner first, as everywhere.
    lock(db, User, learner.id)
    link = own_link(db, learner, uuid)
    db.refresh(link, with_for_update={"of": SupporterLink})
    return link


def _end(db: Session, link: SupporterLink, by: EndedBy, now: datetime) -> None:
    if link.ended_at is None:
        link.ended_at, link.ended_by = now, by
        db.flush()


def _organisation_of(db: Session, adult: User, now: datetime) -> Provider | None:
    provider = provider_of(db, adult) if adult.role in PROVIDER_ROLES else None
    if provider is not None and not is_trusted(provider, now):
        raise Conflict(_("Your organisation has to be checked by the council first."))
    return provider


def _refuse_second(db: Session, adult: User, learner: User) -> None:
    live = select(SupporterLink.id).filter_by(
        learner_id=learner.id, adult_id=adult.id, ended_at=None
    )
    if db.scalar(live) is not None:
        raise Conflict(_("You are linked already. They can change what you may do."))


def _refuse_guardian_of_adult(learner: User, kind: SupportKind) -> None:
    if kind is SupportKind.GUARDIAN and learner.age_band in ADULT_BANDS:
        raise Conflict(_("You are 18 or over: you need no guardian here. Choose another word."))


def _refuse_nothing(kind: SupportKind, scopes: Collection[SupportScope]) -> None:
    # A guardian sees bookings, whatever else they may.
    if not scopes and kind is not SupportKind.GUARDIAN:
        raise Conflict(_("Choose what they may do: one thing at least."))


def _in_order(scopes: Collection[SupportScope]) -> list[SupportScope]:
    return [scope for scope in SupportScope if scope in scopes]


def _path_of(link: SupporterLink) -> str:
    return f"/support/{link.learner.uuid}"


def _tell(db: Session, to: User, kind: NoticeKind, about: str, path: str, now: datetime) -> None:
    tell(db, to=to, kind=kind, key=f"{kind}:{about}", values={"path": path}, now=now)
