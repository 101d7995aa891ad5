"""What the council's officers decide: each with its reason and its trace, and never alone.

An officer may stop an organisation alone, at once. To let young people come takes two different
ones, and neither may belong to it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from accounts.access import AUTHORITY_ROLES
from accounts.models import User
from app.db import lock
from app.errors import Conflict, NotAllowed, NotFound
from app.wording import label
from notices.kinds import NoticeKind
from providers.assurance import missing_kinds, passport_of
from providers.models import (
    Assurance,
    AssuranceKind,
    Decision,
    DecisionKind,
    Provider,
    ProviderMember,
    ProviderStatus,
)
from providers.queries import provider_for_officer
from providers.telling import tell_team


class NoReason(Conflict):
    """Whoever is sent back or stopped is told why."""


def check_identity(
    db: Session, *, provider_uuid: UUID, officer: User, now: datetime, reason: str
) -> Provider:
    """Say that an organisation is what it says it is. Flushes.

    :raises NotFound: no such organisation in the officer's own city.
    :raises NotAllowed: no officer, or one of the organisation itself.
    :raises Conflict: somebody has said so before.
    """
    provider = _held(db, provider_uuid, officer)
    _forget_own(db, provider)
    if provider.identity_checked_by_id is not None:
        raise Conflict(_("Someone has looked at that already."))
    provider.identity_checked_by_id, provider.identity_checked_at = officer.id, now
    note_decision(db, provider, officer, DecisionKind.IDENTITY_CHECKED, now, reason)
    return provider


def accept_assurance(
    db: Session, *, assurance_uuid: UUID, officer: User, now: datetime, reason: str
) -> Assurance:
    """Accept one thing that an organisation sent in. It counts from the second officer on. Flushes.

    :raises NotFound: no such thing of an organisation in the officer's own city.
    :raises NotAllowed: no officer, or one of the organisation itself.
    :raises Conflict: the same officer has accepted it before, or it is settled.
    """
    assurance = _assurance(db, assurance_uuid, officer)
    if assurance.seconded_at or assurance.refused_at or assurance.withdrawn_at:
        raise Conflict(_("That is settled already."))
    _forget_own_word(db, assurance)
    if assurance.accepted_by_id == officer.id:
        raise Conflict(_("You have accepted this. It takes a second officer now."))
    _accept(assurance, officer, now)
    _note_evidence(db, assurance, officer, DecisionKind.EVIDENCE_ACCEPTED, now, reason)
    return assurance


def refuse_assurance(
    db: Session, *, assurance_uuid: UUID, officer: User, now: datetime, reason: str
) -> Assurance:
    """Say that something sent in will not do, and why. It counts no more, at once. Flushes.

    :raises NotFound: no such thing of an organisation in the officer's own city.
    :raises NotAllowed: no officer, or one of the organisation itself.
    :raises Conflict: it was refused or taken back before.
    :raises NoReason: no reason is given.
    """
    assurance = _assurance(db, assurance_uuid, officer)
    if assurance.refused_at or assurance.withdrawn_at:
        raise Conflict(_("That is settled already."))
    _refuse_silence(reason)
    assurance.refused_at = now
    _note_evidence(db, assurance, officer, DecisionKind.EVIDENCE_REFUSED, now, reason)
    tell_team(
        db,
        NoticeKind.SENT_BACK,
        provider=assurance.provider,
        key=f"refused:{assurance.uuid}",
        now=now,
        words=reason,
    )
    return assurance


def approve(
    db: Session, *, provider_uuid: UUID, officer: User, now: datetime, reason: str
) -> Provider:
    """Say yes to an organisation: the first officer's word waits for the second's. Flushes.

    What either has not accepted yet of its evidence is accepted with it: they have seen it all. From
    the second yes on, what it offers is found and booked.

    :raises NotFound: no such organisation in the officer's own city.
    :raises NotAllowed: no officer, or one of the organisation itself.
    :raises Conflict: the same officer has said yes before, it is decided, nobody has looked who it
        is, or something that must be in place is missing, lapsed, or accepted by one officer twice.
    """
    provider = _held(db, provider_uuid, officer)
    if provider.status is ProviderStatus.VERIFIED:
        raise Conflict(_("This organisation has been checked already."))
    if provider.approved_by_id == officer.id:
        raise Conflict(_("You have said yes. It takes a second officer now."))
    _forget_own(db, provider)
    if provider.identity_checked_by_id is None:
        raise Conflict(_("First check that the organisation is what it says it is."))
    _accept_all(db, provider, officer, now, reason)
    if provider.approved_by_id is None:
        provider.approved_by_id, provider.approved_at = officer.id, now
        note_decision(db, provider, officer, DecisionKind.APPROVED, now, reason)
        return provider
    _refuse_half_accepted(db, provider, now)
    provider.verified_by_id, provider.verified_at = officer.id, now
    provider.status = ProviderStatus.VERIFIED
    note_decision(db, provider, officer, DecisionKind.PUBLISHED, now, reason)
    _tell(db, NoticeKind.PUBLISHED, provider, now)
    return provider


def refuse(
    db: Session, *, provider_uuid: UUID, officer: User, now: datetime, reason: str
) -> Provider:
    """Say no to an organisation that asks, and why. It may put things right and ask again. Flushes.

    :raises NotFound: no such organisation in the officer's own city.
    :raises NotAllowed: no officer, or one of the organisation itself.
    :raises Conflict: it does not ask.
    :raises NoReason: no reason is given.
    """
    provider = _held(db, provider_uuid, officer)
    if provider.status is not ProviderStatus.APPLIED:
        raise Conflict(_("This organisation is not waiting for a check."))
    _refuse_silence(reason)
    _close(provider, ProviderStatus.REFUSED)
    note_decision(db, provider, officer, DecisionKind.REFUSED, now, reason)
    _tell(db, NoticeKind.SENT_BACK, provider, now, words=reason)
    return provider


def suspend(
    db: Session, *, provider_uuid: UUID, officer: User, now: datetime, reason: str
) -> Provider:
    """Pause an organisation. From the next request on nothing of it is found, booked or seen. Flushes.

    One officer is enough. To lift it takes two, as at first.

    :raises NotFound: no such organisation in the officer's own city.
    :raises NotAllowed: no officer, or one of the organisation itself.
    :raises Conflict: it is paused already.
    :raises NoReason: no reason is given.
    """
    provider = _held(db, provider_uuid, officer)
    if provider.status is ProviderStatus.SUSPENDED:
        raise Conflict(_("This organisation is paused already."))
    _refuse_silence(reason)
    _close(provider, ProviderStatus.SUSPENDED)
    note_decision(db, provider, officer, DecisionKind.SUSPENDED, now, reason)
    _tell(db, NoticeKind.SUSPENDED, provider, now, words=reason)
    return provider


def note_decision(
    db: Session,
    provider: Provider,
    officer: User,
    kind: DecisionKind,
    now: datetime,
    reason: str,
    *,
    about: UUID | None = None,
    about_name: str = "",
) -> Decision:
    """Write down what an officer decided. It stays for as long as the organisation does. Flushes."""
    decision = Decision(
        made_at=now,
        made_by_id=officer.id,
        provider=provider,
        kind=kind,
        about=about,
        about_name=about_name,
        reason=reason,
    )
    db.add(decision)
    db.flush()
    return decision


def decisions_on(db: Session, provider: Provider, *, limit: int = 50) -> Sequence[Decision]:
    """Return what was decided on an organisation, the newest first, with whoever decided."""
    return db.scalars(
        select(Decision)
        .filter_by(provider_id=provider.id)
        .options(joinedload(Decision.made_by, innerjoin=True))
        .order_by(Decision.made_at.desc(), Decision.id.desc())
        .limit(limit)
    ).all()


def refuse_own_people(db: Session, officer: User, provider: Provider) -> None:
    """Let only officers decide, and none on an organisation that they are or were in.

    :raises NotAllowed: it is not for this person to decide.
    """
    if officer.role not in AUTHORITY_ROLES:
        raise NotAllowed(_("Only the council's officers decide on organisations."))
    if _belongs(db, officer.id, provider):
        raise NotAllowed(_("You belong to this organisation. Another officer has to decide."))


def is_of_own(db: Session, officer: User, provider: Provider) -> bool:
    """Say whether an officer is or was in an organisation, or in the body that it belongs to."""
    return _belongs(db, officer.id, provider)


def _tell(db: Session, kind: NoticeKind, provider: Provider, now: datetime, **values: str) -> None:
    key = f"{kind.value}:{provider.uuid}:{now.isoformat()}"
    tell_team(db, kind, provider=provider, key=key, now=now, **values)


def _belongs(db: Session, user_id: int | None, provider: Provider) -> bool:
    own = select(ProviderMember.user_id).where(
        ProviderMember.user_id == user_id,
        ProviderMember.provider_id.in_([provider.id, provider.umbrella_id]),
    )
    return db.scalar(own) is not None


def _forget_own(db: Session, provider: Provider) -> None:
    """Let the word of whoever has come to belong to an organisation since count no more."""
    if _belongs(db, provider.approved_by_id, provider):
        provider.approved_by_id = provider.approved_at = None
    if _belongs(db, provider.identity_checked_by_id, provider):
        provider.identity_checked_by_id = provider.identity_checked_at = None


def _forget_own_word(db: Session, assurance: Assurance) -> None:
    if _belongs(db, assurance.accepted_by_id, assurance.provider):
        assurance.accepted_by_id = assurance.accepted_at = None


def _held(db: Session, uuid: UUID, officer: User) -> Provider:
    if officer.role not in AUTHORITY_ROLES:
        raise NotAllowed(_("Only the council's officers decide on organisations."))
    provider = provider_for_officer(db, officer, uuid)
    if provider is None:
        raise NotFound(_("We cannot find that organisation."))
    refuse_own_people(db, officer, provider)
    return provider


def _assurance(db: Session, uuid: UUID, officer: User) -> Assurance:
    found = db.execute(
        select(Assurance.id, Provider.uuid).join(Assurance.provider).where(Assurance.uuid == uuid)
    ).one_or_none()
    if found is None:
        raise NotFound(_("We cannot find that."))
    # The organisation first, as everywhere, so that two officers wait for each other in one place.
    _held(db, found.uuid, officer)
    return lock(db, Assurance, found.id)  # ty: ignore[invalid-explicit-return]


def _accept(assurance: Assurance, officer: User, now: datetime) -> None:
    if assurance.accepted_by_id is None:
        assurance.accepted_by_id, assurance.accepted_at = officer.id, now
    else:
        assurance.seconded_by_id, assurance.seconded_at = officer.id, now


def _accept_all(db: Session, provider: Provider, officer: User, now: datetime, reason: str) -> None:
    for assurance in passport_of(db, provider):
        if assurance.seconded_at is None:
            _forget_own_word(db, assurance)
        if assurance.seconded_at is None and assurance.accepted_by_id != officer.id:
            _accept(assurance, officer, now)
            _note_evidence(db, assurance, officer, DecisionKind.EVIDENCE_ACCEPTED, now, reason)
    db.flush()
    _refuse_missing(db, provider, now)


def _refuse_missing(db: Session, provider: Provider, now: datetime) -> None:
    missing = missing_kinds(db, provider, now)
    if missing:
        names = ", ".join(str(label(kind)) for kind in missing)
        raise Conflict(_("Still missing: %(names)s.", names=names))


def _refuse_half_accepted(db: Session, provider: Provider, now: datetime) -> None:
    """What the database worked out of the evidence that two officers accepted has to hold now."""
    db.refresh(provider, ["assured_until"])
    if provider.assured_until is not None and provider.assured_until > now:
        return
    half = {each.kind for each in passport_of(db, provider) if each.seconded_at is None}
    names = ", ".join(str(label(kind)) for kind in AssuranceKind if kind in half)
    raise Conflict(_("Another officer has to look at this too: %(names)s.", names=names))


def _close(provider: Provider, status: ProviderStatus) -> None:
    """Take back every yes: to come back takes two again."""
    provider.status = status
    provider.approved_by_id = provider.approved_at = None
    provider.evidence_in_at = None


def _refuse_silence(reason: str) -> None:
    if not reason:
        raise NoReason(_("Say why. The organisation reads it."))


def _note_evidence(
    db: Session,
    assurance: Assurance,
    officer: User,
    kind: DecisionKind,
    now: datetime,
    reason: str,
) -> None:
    name = f"{assurance.kind.value} {assurance.person}".strip()
    note_decision(
        db,
        assurance.provider,
        officer,
        kind,
        now,
        reason,
        about=assurance.uuid,
        about_name=name,
    )
