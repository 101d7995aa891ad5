"""The rules of speaking for another organisation's badge, or for the organisation itself.

One asks and the other says it, or one offers and the other accepts: it takes both, and both are
organisations of one city that the council vouches for and that do not belong together. Either may
end it, and so may an officer.
"""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.models import User
from app.db import lock
from app.errors import Conflict, NotAllowed, NotFound
from badges.endorsement_queries import (
    are_kin,
    ended_so,
    given_before_officer,
    number_waiting_of,
)
from badges.models import Achievement, Endorsement, EndorsementEnd
from badges.openbadges import STATUS_LIST_LENGTH
from badges.queries import is_taken
from badges.service import ask_for_list, ask_for_signatures
from notices.kinds import NoticeKind
from providers.decisions import NoReason, note_decision, refuse_own_people
from providers.models import DecisionKind, Provider
from providers.queries import part_in, speaks_for
from providers.standing import is_trusted
from providers.telling import tell_team

#: So much may one organisation have asked or offered that nobody has answered.
MOST_WAITING = 20
#: After a no, so long nobody asks or offers again.
REST = timedelta(days=90)

_NO_TO_ASKING = {EndorsementEnd.DECLINED, EndorsementEnd.TAKEN_DOWN}
_NO_TO_OFFERING = {EndorsementEnd.NOT_WANTED, EndorsementEnd.TAKEN_DOWN}
#: Where the pages of `endorsement_views` stand: a service knows no routes.
_BOARD = "/provide/endorsements"


def ask(
    db: Session,
    *,
    issuer: Provider,
    asked_by: User,
    endorser: Provider,
    now: datetime,
    achievement: Achievement | None = None,
    message: str = "",
) -> Endorsement:
    """Ask an organisation to speak for a badge of `issuer`, or for `issuer` itself. Flushes.

    Its people are told.

    :raises NotAllowed: `asked_by` does not speak for the issuer.
    :raises Conflict: the two are not fit (see `_refuse_unfit`), it is asked or said already, the
        other said no of late, or too much waits for an answer.
    """
    _refuse_others(db, asked_by, issuer)
    _refuse_unfit(endorser, issuer, now)
    _refuse_after_no(db, endorser, issuer, _NO_TO_ASKING, now)
    _refuse_too_much(db, issuer)
    endorsement = _added(
        db,
        Endorsement(
            endorser=endorser,
            issuer=issuer,
            achievement_id=achievement and _own(achievement, issuer).id,
            asked_by_id=asked_by.id,
            asked_at=now,
            message=message,
        ),
    )
    _tell(db, NoticeKind.ENDORSEMENT_ASKED, endorsement, to=endorser, by=issuer, now=now)
    return endorsement


def give(
    db: Session,
    *,
    uuid: UUID,
    endorser: Provider,
    given_by: User,
    comment: str,
    now: datetime,
) -> Endorsement:
    """Say what was asked for. It counts at once, and a worker signs it. Flushes.

    :raises NotAllowed: `given_by` does not speak for the endorser, or belongs to the issuer too.
    :raises NotFound: nobody asks for it any more.
    :raises Conflict: the two are not fit.
    """
    endorsement = _held(db, uuid, endorser)
    if endorsement.given_at is not None:
        raise NotFound(_("That question is not open any more."))
    _refuse_to_give(db, given_by, endorser, endorsement.issuer, now)
    endorsement.comment, endorsement.given_at = comment, now
    endorsement.given_by_id = given_by.id
    _tell(
        db, NoticeKind.ENDORSEMENT_GIVEN, endorsement, to=endorsement.issuer, by=endorser, now=now
    )
    _make_count(db, endorsement, now=now)
    return endorsement


def offer(
    db: Session,
    *,
    endorser: Provider,
    given_by: User,
    issuer: Provider,
    comment: str,
    now: datetime,
    achievement: Achievement | None = None,
) -> Endorsement:
    """Say something that nobody asked for. It is shown only once the issuer accepts it. Flushes.

    :raises NotAllowed: `given_by` does not speak for the endorser, or belongs to the issuer too.
    :raises Conflict: the two are not fit, it is asked or said already, the issuer did not want the
        last one, or too much waits for an answer.
    """
    _refuse_to_give(db, given_by, endorser, issuer, now)
    _refuse_after_no(db, endorser, issuer, _NO_TO_OFFERING, now)
    _refuse_too_much(db, endorser)
    endorsement = _added(
        db,
        Endorsement(
            endorser=endorser,
            issuer=issuer,
            achievement_id=achievement and _own(achievement, issuer).id,
            given_by_id=given_by.id,
            given_at=now,
            comment=comment,
        ),
    )
    _tell(db, NoticeKind.ENDORSEMENT_GIVEN, endorsement, to=issuer, by=endorser, now=now)
    return endorsement


def accept(
    db: Session,
    *,
    uuid: UUID,
    issuer: Provider,
    accepted_by: User,
    now: datetime,
) -> Endorsement:
    """Let what another offers to say be shown and signed. Flushes.

    :raises NotAllowed: `accepted_by` does not speak for the issuer.
    :raises NotFound: nothing of that key waits for the issuer.
    :raises Conflict: the two are not fit any more.
    """
    _refuse_others(db, accepted_by, issuer)
    endorsement = _held(db, uuid, issuer)
    is_offer = endorsement.given_at is not None and endorsement.accepted_at is None
    if endorsement.issuer_id != issuer.id or not is_offer:
        raise NotFound(_("That question is not open any more."))
    _refuse_unfit(endorsement.endorser, issuer, now)
    _make_count(db, endorsement, now=now)
    return endorsement


def end(
    db: Session, *, uuid: UUID, provider: Provider, ended_by: User, now: datetime
) -> Endorsement:
    """Say no, take a question back, say it no more or want it shown no more. Flushes.

    Where it was signed, its place in the endorser's list says so from now on.

    :param provider: one of the two.
    :raises NotAllowed: `ended_by` does not speak for it.
    :raises NotFound: nothing of that key stands between it and another.
    """
    _refuse_others(db, ended_by, provider)
    endorsement = _held(db, uuid, provider)
    _end(db, endorsement, _way_out(endorsement, provider), now)
    return endorsement


def take_down(db: Session, *, uuid: UUID, officer: User, reason: str, now: datetime) -> Endorsement:
    """Take down what is said or offered, and tell both why. Flushes.

    :raises NotFound: nothing of that key is said by or for an organisation of the officer's city.
    :raises NotAllowed: no officer, or one who belongs to one of the two.
    :raises Conflict: it has ended.
    :raises NoReason: no reason is given.
    """
    found = given_before_officer(db, officer, uuid)
    if found is None:
        raise NotFound(_("We cannot find that."))
    for provider in (found.endorser, found.issuer):
        refuse_own_people(db, officer, provider)
    endorsement = lock(db, Endorsement, found.id)
    if endorsement is None or endorsement.ended_at is not None:
        raise Conflict(_("This is said no more."))
    if not reason:
        raise NoReason(_("Say why. The organisation reads it."))
    _end(db, endorsement, EndorsementEnd.TAKEN_DOWN, now)
    kind, name = DecisionKind.ENDORSEMENT_TAKEN_DOWN, endorsement.subject_name
    note_decision(db, endorsement.endorser, officer, kind, now, reason, about=uuid, about_name=name)
    for provider in (endorsement.endorser, endorsement.issuer):
        _tell(
            db,
            NoticeKind.ENDORSEMENT_TAKEN_DOWN,
            endorsement,
            to=provider,
            by=endorsement.endorser,
            now=now,
            words=reason,
        )
    return endorsement


def _added(db: Session, endorsement: Endorsement) -> Endorsement:
    try:
        with db.begin_nested():
            db.add(endorsement)
    except IntegrityError as clash:
        raise Conflict(_("This is asked for or said already.")) from clash
    db.refresh(endorsement, ["achievement"])
    return endorsement


def _held(db: Session, uuid: UUID, provider: Provider) -> Endorsement:
    """Return what stands between an organisation and another, held until the transaction ends."""
    open_one = select(Endorsement).where(
        Endorsement.uuid == uuid,
        Endorsement.ended_at.is_(None),
        (Endorsement.endorser_id == provider.id) | (Endorsement.issuer_id == provider.id),
    )
    found = db.scalar(open_one.with_for_update(), execution_options={"populate_existing": True})
    if found is None:
        raise NotFound(_("That question is not open any more."))
    return found


def _make_count(db: Session, endorsement: Endorsement, *, now: datetime) -> None:
    _give_place(db, endorsement, now)
    ask_for_signatures(db, issuer_id=endorsement.endorser_id)


def _give_place(db: Session, endorsement: Endorsement, now: datetime) -> None:
    """Give it a random place in its endorser's list that nothing has, or ever had."""
    while endorsement.accepted_at is None:
        index = secrets.randbelow(STATUS_LIST_LENGTH)
        if is_taken(db, endorsement.endorser_id, index):
            continue
        endorsement.accepted_at, endorsement.status_index = now, index
        db.flush()


def _end(db: Session, endorsement: Endorsement, ending: EndorsementEnd, now: datetime) -> None:
    endorsement.ended_at, endorsement.ending = now, ending
    db.flush()
    if endorsement.accepted_at is not None:
        ask_for_list(db, issuer_id=endorsement.endorser_id)


def _way_out(endorsement: Endorsement, provider: Provider) -> EndorsementEnd:
    is_given = endorsement.given_at is not None
    if endorsement.endorser_id == provider.id:
        return EndorsementEnd.WITHDRAWN if is_given else EndorsementEnd.DECLINED
    return EndorsementEnd.NOT_WANTED if is_given else EndorsementEnd.TAKEN_BACK


def _own(achievement: Achievement, issuer: Provider) -> Achievement:
    if achievement.issuer_id != issuer.id:
        raise NotFound(_("We cannot find that badge."))
    return achievement


def _refuse_others(db: Session, user: User, provider: Provider) -> None:
    if not speaks_for(db, user, provider):
        raise NotAllowed(_("You cannot act for this organisation."))


def _refuse_to_give(
    db: Session, user: User, endorser: Provider, issuer: Provider, now: datetime
) -> None:
    _refuse_others(db, user, endorser)
    # Nobody praises themselves by way of a second team that they are in.
    if part_in(db, user, issuer) or speaks_for(db, user, issuer):
        raise NotAllowed(_("You belong to them too. Somebody else of your team has to say it."))
    _refuse_unfit(endorser, issuer, now)


def _refuse_unfit(endorser: Provider, issuer: Provider, now: datetime) -> None:
    if are_kin(endorser, issuer):
        raise Conflict(_("Nobody speaks for their own badges, or for those they belong with."))
    if endorser.city_id != issuer.city_id:
        raise Conflict(_("Only organisations of one city speak for each other here."))
    if not (is_trusted(endorser, now) and is_trusted(issuer, now)):
        raise Conflict(_("Only organisations that the council has checked speak for each other."))


def _refuse_after_no(
    db: Session, endorser: Provider, issuer: Provider, ways: set[EndorsementEnd], now: datetime
) -> None:
    if ended_so(db, endorser=endorser, issuer=issuer, ways=ways, since=now - REST):
        raise Conflict(_("They said no. Leave it be for three months."))


def _refuse_too_much(db: Session, provider: Provider) -> None:
    if number_waiting_of(db, provider) >= MOST_WAITING:
        raise Conflict(_("Much waits for an answer already. Wait, or take something back."))


def _tell(
    db: Session,
    kind: NoticeKind,
    endorsement: Endorsement,
    *,
    to: Provider,
    by: Provider,
    now: datetime,
    **more: str,
) -> None:
    values = {"other": by.name, "subject": endorsement.subject_name, "path": _BOARD, **more}
    key = f"{kind.value}:{endorsement.uuid}:{to.uuid}"
    tell_team(db, kind, provider=to, key=key, now=now, **values)
