"""What an organisation sends in to show that young people are safe with it: its trust passport."""

from collections.abc import Sequence
from datetime import date, datetime

from dateutil.relativedelta import relativedelta
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from app.clock import LONDON
from app.db import lock
from app.errors import Conflict, NotAllowed, NotFound
from app.wording import label
from geo.rulebook import Nation, Rule, nation_of
from providers.models import Assurance, AssuranceKind, CheckLevel, Provider, ProviderStatus
from providers.queries import assures
from providers.rules import BOOK

#: A check of a higher level holds for a lower one.
_LEVELS = list(CheckLevel)
#: Said of one person, who is named.
ABOUT_SOMEONE = {AssuranceKind.STAFF_CHECK, AssuranceKind.SAFEGUARDING_LEAD}


def send_assurance(
    db: Session,
    *,
    provider: Provider,
    sent_by: User,
    now: datetime,
    kind: AssuranceKind,
    seen_on: date,
    seen_by: str,
    evidence: str,
    person: str = "",
    level: CheckLevel | None = None,
    expires_on: date | None = None,
) -> Assurance:
    """Send in one thing that an organisation has in place. It counts once two officers accept it.

    What was sent before of the same kind, about the same person, and not accepted yet, is replaced.
    Flushes.

    :param expires_on: its own last day, where it has one; it holds no longer than the rules say.
    :raises NotAllowed: `sent_by` is neither an admin there nor its safeguarding lead.
    :raises Conflict: it is of a day to come, has lapsed, or is a check of too low a level.
    """
    lock(db, Provider, provider.id)
    _refuse_others(db, sent_by, provider)
    today = now.astimezone(LONDON).date()
    last_day = last_day_of(kind, seen_on=seen_on, own=expires_on, on=today, nation=nation(provider))
    _refuse_impossible(seen_on, last_day, today)
    _refuse_low(level, BOOK.on(today, "staff_check", nation(provider)))
    for earlier in _not_accepted(db, provider, kind, person):
        earlier.withdrawn_at = now
    sent = Assurance(
        provider=provider,
        kind=kind,
        person=person if kind in ABOUT_SOMEONE else "",
        level=level if kind is AssuranceKind.STAFF_CHECK else None,
        seen_on=seen_on,
        seen_by=seen_by,
        evidence=evidence,
        expires_on=last_day,
        sent_by_id=sent_by.id,
        sent_at=now,
    )
    db.add(sent)
    db.flush()
    return sent


def withdraw_assurance(
    db: Session, *, assurance: Assurance, withdrawn_by: User, now: datetime
) -> None:
    """Take something back that no longer holds. Where it counted, the organisation lapses. Flushes.

    :raises NotAllowed: `withdrawn_by` is neither an admin there nor its safeguarding lead.
    """
    lock(db, Provider, assurance.provider_id)
    _refuse_others(db, withdrawn_by, assurance.provider)
    assurance.withdrawn_at = assurance.withdrawn_at or now
    db.flush()


def hand_in(db: Session, *, provider: Provider, handed_in_by: User, now: datetime) -> None:
    """Say that all is in and the council may look. An organisation that was refused asks anew.

    :raises NotAllowed: `handed_in_by` is neither an admin there nor its safeguarding lead.
    :raises Conflict: something is missing still, or the council has decided.
    """
    provider = lock(db, Provider, provider.id) or provider
    _refuse_others(db, handed_in_by, provider)
    if provider.status is ProviderStatus.VERIFIED:
        raise Conflict(_("The council has checked you already."))
    if provider.identity_given_at is None:
        raise Conflict(_("First say on which register you are, or that you are on none."))
    missing = missing_kinds(db, provider, now)
    if missing:
        names = ", ".join(str(label(kind)) for kind in missing)
        raise Conflict(_("Still missing: %(names)s.", names=names))
    provider.status, provider.evidence_in_at = ProviderStatus.APPLIED, now
    provider.approved_by_id = provider.approved_at = None
    db.flush()


def missing_kinds(db: Session, provider: Provider, now: datetime) -> list[AssuranceKind]:
    """Return what an organisation has not sent in yet, or only what has lapsed or was refused."""
    today = now.astimezone(LONDON).date()
    there = {each.kind for each in passport_of(db, provider) if each.expires_on >= today}
    return [kind for kind in AssuranceKind if kind not in there]


def passport_of(db: Session, provider: Provider) -> Sequence[Assurance]:
    """Return all that an organisation says it has in place, by kind, the newest first."""
    found = select(Assurance).where(
        Assurance.provider_id == provider.id,
        Assurance.withdrawn_at.is_(None),
        Assurance.refused_at.is_(None),
    )
    return db.scalars(found.order_by(Assurance.kind, Assurance.id.desc())).all()


def own_assurance(db: Session, provider: Provider, uuid) -> Assurance:
    """Return one thing that an organisation has sent in.

    :raises NotFound: it has sent in no such thing.
    """
    found = db.scalar(select(Assurance).filter_by(uuid=uuid, provider_id=provider.id))
    if found is None:
        raise NotFound(_("We cannot find that."))
    return found


def last_day_of(
    kind: AssuranceKind, *, seen_on: date, own: date | None, on: date, nation: Nation
) -> date:
    """Return the last day on which something holds: its own, or the one that the rules give it."""
    months = BOOK.on(on, "holds_months", nation).says[kind.value]
    by_rule = seen_on + relativedelta(months=months)
    return min(own, by_rule) if own else by_rule


def nation(provider: Provider) -> Nation:
    """Return the nation whose rules an organisation keeps: that of its city."""
    return nation_of(provider.city.districts[0].district_code if provider.city.districts else "")


def _refuse_others(db: Session, user: User, provider: Provider) -> None:
    if not assures(db, user, provider):
        raise NotAllowed(_("Only an admin or the safeguarding lead can change this."))


def _refuse_impossible(seen_on: date, last_day: date, today: date) -> None:
    if seen_on > today:
        raise Conflict(_("That day is still to come."))
    if last_day < seen_on:
        raise Conflict(_("It ends before it was made."))
    if last_day < today:
        raise Conflict(_("That has lapsed already. Send in a newer one."))


def _refuse_low(level: CheckLevel | None, rule: Rule) -> None:
    needed = CheckLevel(rule.says["level"])
    if level is not None and _LEVELS.index(level) < _LEVELS.index(needed):
        raise Conflict(_("People who work with under 18s need: %(level)s.", level=label(needed)))


def _not_accepted(
    db: Session, provider: Provider, kind: AssuranceKind, person: str
) -> Sequence[Assurance]:
    found = select(Assurance).where(
        Assurance.provider_id == provider.id,
        Assurance.kind == kind,
        Assurance.accepted_at.is_(None),
        Assurance.withdrawn_at.is_(None),
    )
    if kind in ABOUT_SOMEONE:
        found = found.where(Assurance.person == person)
    return db.scalars(found.with_for_update()).all()
