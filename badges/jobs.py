"""Background work of badges: all that is signed is signed here, right after what it is about."""

from collections.abc import Callable, Sequence
from functools import partial

from flask import current_app
from sqlalchemy.orm import Session

from app import clock
from app.db import current_db, unit_of_work
from app.jobs import job, regularly, take_over
from badges import custody, signing
from badges.endorsement_queries import endorsements_to_sign
from badges.models import Endorsement, LearnerRecord
from badges.queries import (
    badges_of,
    has_status_list,
    issuer_with_status_list,
    issuers_whose_list_is_due,
    waiting_to_be_signed,
)

#: So many badges are signed in one transaction: it holds them, and the end of the log, until it ends.
_FEW = 20


@job
def sign(issuer_id: int) -> None:
    """Sign what waits for it, of one issuer, and its first list before: a badge says where that is.

    Also what other jobs wait to sign of that issuer: after a busy evening one does the work of all.
    """
    with unit_of_work() as db:
        take_over(db, "badges.sign", issuer_id=issuer_id)
    if not has_status_list(current_db(), issuer_id):
        sign_list(issuer_id)
    sign_what_waits(issuer_id)


@job
def sign_list(issuer_id: int) -> None:
    """Sign an issuer's list of what was taken back, unless it says so already."""
    with unit_of_work() as db:
        _sign_list(db, issuer_id)


@job
def sign_record(record_id: int) -> None:
    """Sign a learner's record, and the badges in it that are not signed yet."""
    record = current_db().get(LearnerRecord, record_id)
    held = badges_of(current_db(), record.learner) if record else []
    for badge_id in [each.id for each in held if each.signed_document is None]:
        _sign_badge(badge_id)
    with unit_of_work() as db:
        record = db.get(LearnerRecord, record_id, populate_existing=True)
        if record is not None and any(
            each.signed_document for each in badges_of(db, record.learner)
        ):
            signing.signed_record(db, record, host=signing.signing_host(), now=clock.now())


@regularly("* * * * *")
def sign_what_is_left() -> None:
    """Sign what waits, of all issuers: what failed a minute ago, or what a dead worker left."""
    sign_lists_that_are_due()
    sign_what_waits()


@regularly("* * * * *")
def take_back_unsigned() -> None:
    """Take back what has waited too long. It waits for nothing: signing may take longer than that."""
    with unit_of_work() as db:
        custody.take_back_unsigned(db, now=clock.now())


def sign_what_waits(issuer_id: int | None = None) -> int:
    """Sign a few badges at a time, say how many were, and leave those that fail for another try.

    What organisations say for badges comes first, so that it stands in those badges. Commits each few.
    """
    for endorsement_id in endorsements_to_sign(current_db()):
        _sign_endorsement(endorsement_id)
    waiting = waiting_to_be_signed(current_db(), issuer_id)
    return sum(_sign_badges(waiting[at : at + _FEW]) for at in range(0, len(waiting), _FEW))


def sign_lists_that_are_due() -> None:
    """Sign the lists that say too little or run out, each by itself. Commits each."""
    before = clock.now() - signing.LIST_RENEWED_AFTER
    for issuer in issuers_whose_list_is_due(current_db(), signed_before=before):
        _try("The list of issuer", issuer.id, partial(_sign_list, issuer_id=issuer.id))


def _sign_list(db: Session, issuer_id: int) -> None:
    issuer = issuer_with_status_list(db, issuer_id)
    if issuer is not None:
        signing.signed_status_list(db, issuer, host=signing.signing_host(), now=clock.now())


def _sign_badges(credential_ids: Sequence[int]) -> int:
    """Sign a few badges in one go, or else each by itself, so that one that fails stops no other."""
    host, now = signing.signing_host(), clock.now()
    try:
        with unit_of_work() as db:
            return signing.sign_badges(db, credential_ids=credential_ids, host=host, now=now)
    except Exception:
        return sum(_sign_badge(each) for each in credential_ids)


def _sign_badge(credential_id: int) -> bool:
    host, now = signing.signing_host(), clock.now()
    return _try(
        "Badge",
        credential_id,
        lambda db: signing.sign_badge(db, credential_id=credential_id, host=host, now=now),
    )


def _sign_endorsement(endorsement_id: int) -> None:
    def sign_it(db: Session) -> None:
        endorsement = db.get(Endorsement, endorsement_id, populate_existing=True)
        if endorsement is not None and endorsement.ended_at is None:
            signing.signed_endorsement(db, endorsement, host=signing.signing_host())

    _try("Endorsement", endorsement_id, sign_it)


def _try(what: str, number: int, do: Callable[[Session], object]) -> bool:
    """Do one thing, and say whether it was. What cannot be signed must not keep the rest waiting."""
    try:
        with unit_of_work() as db:
            return bool(do(db))
    except Exception:
        current_app.logger.exception("%s %s could not be signed.", what, number)
        return False
