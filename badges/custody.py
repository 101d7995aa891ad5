"""What becomes of keys: replaced in good order, or taken out of use because they are no longer safe.

A key that was replaced stays in its issuer's document, so that what it signed still counts. One that
may be in other hands leaves it, and every badge that it signed is issued again under another.
"""

from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    cast,
    delete,
    false,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Session

from app.db import lock
from badges.models import (
    NOT_SIGNED_ANEW,
    AchievementCredential,
    Endorsement,
    IssuerKey,
    IssuerTokenKey,
    LearnerRecord,
    StatusList,
)
from badges.queries import current_key_of, current_token_key_of
from badges.service import IssuingHost, ask_for_list, ask_for_signatures
from badges.signing import ensure_key, ensure_token_key
from providers.models import Provider

#: A badge that could not be signed anew for so long is taken back. It leaves the worker, which looks
#: every minute, and the lists, which are kept for five, to be done within fifteen minutes.
PATIENCE = timedelta(minutes=8)


def rotate_keys(
    db: Session, *, issuer: Provider, host: IssuingHost, now: datetime
) -> tuple[IssuerKey, IssuerTokenKey]:
    """Give an issuer new keys to sign with from now on. What the old ones signed still counts. Flushes."""
    for key in (current_key_of(db, issuer), current_token_key_of(db, issuer)):
        if key is not None:
            key.retired_at = now
    db.flush()
    return ensure_key(db, issuer, host=host), ensure_token_key(db, issuer, host=host, now=now)


def rotate_host_key(db: Session, *, host: IssuingHost, now: datetime) -> IssuerKey:
    """Give the host itself a new key to sign records with. What the old one signed still counts. Flushes."""
    key = current_key_of(db, None)
    if key is not None:
        key.retired_at = now
    db.flush()
    return ensure_key(db, None, host=host)


def withdraw_key(db: Session, *, key: IssuerKey | IssuerTokenKey, now: datetime) -> int:
    """Let nothing count any more that a key signed, and have its badges issued again. Flushes.

    At once the key leaves its issuer's document. A worker signs the badges anew, under their old
    addresses and with a newer date; what could not be signed within `PATIENCE` is taken back. What
    the issuer said for badges of others is signed anew too, and so is each badge that it stands in.
    Records, which the host's own key signs, are signed anew when they are next asked for.

    :return: how many badges, or records, that is. The second time nothing is left to do.
    """
    # Waits for whoever signs with it at this moment; who comes later sees that it is gone.
    lock(db, type(key), key.id)
    if key.compromised_at is not None:
        return 0
    key.compromised_at, key.retired_at = now, key.retired_at or now
    db.flush()
    issuer_id = key.issuer_id
    if issuer_id is None:
        return _forget_editions(db, key)
    # These first: a badge that is being signed holds what it embeds, and is found afterwards.
    _take_signatures_from_endorsements(db, key, now)
    count = _ask_for_signatures(db, key, now)
    # What it says counts no more: until it is signed anew there is none.
    db.execute(delete(StatusList).filter_by(issuer_id=issuer_id))
    ask_for_signatures(db, issuer_id=issuer_id)
    return count


def take_back_unsigned(db: Session, *, now: datetime) -> int:
    """Take back what has waited too long to be signed anew, and say how many badges that was."""
    late = (
        update(AchievementCredential)
        .where(AchievementCredential.unsigned_since <= now - PATIENCE)
        .values(
            unsigned_since=None,
            is_public=False,
            revoked_at=func.coalesce(AchievementCredential.revoked_at, now),
            revocation_reason=func.coalesce(
                AchievementCredential.revocation_reason, NOT_SIGNED_ANEW
            ),
        )
    )
    issuers = db.scalars(late.returning(AchievementCredential.issuer_id)).all()
    for issuer_id in set(issuers):
        ask_for_list(db, issuer_id=issuer_id)
    return len(issuers)


def _ask_for_signatures(db: Session, key: IssuerKey | IssuerTokenKey, now: datetime) -> int:
    issued_at = func.coalesce(AchievementCredential.reissued_at, AchievementCredential.awarded_at)
    unsigned = (
        update(AchievementCredential)
        .where(
            AchievementCredential.signed_document.is_not(None),
            or_(
                and_(AchievementCredential.issuer_id == key.issuer_id, _may_be_signed_with(key)),
                _holds_words_signed_with(key),
            ),
        )
        .values(
            signed_document=None,
            signed_token=None,
            unsigned_since=now,
            reissued_at=func.greatest(now, issued_at + timedelta(seconds=1)),
        )
    )
    return len(db.scalars(unsigned.returning(AchievementCredential.id)).all())


def _forget_editions(db: Session, key: IssuerKey | IssuerTokenKey) -> int:
    fragment = key.multikey if isinstance(key, IssuerKey) else key.name
    method = LearnerRecord.proof[(0, "verificationMethod")].astext
    forgotten = (
        update(LearnerRecord)
        .where(method.endswith(f"#{fragment}", autoescape=True))
        .values(contents=None, proof=None)
    )
    return len(db.scalars(forgotten.returning(LearnerRecord.id)).all())


def _take_signatures_from_endorsements(
    db: Session, key: IssuerKey | IssuerTokenKey, now: datetime
) -> None:
    """Nobody is shown them until they are signed anew: they need not be taken back."""
    if isinstance(key, IssuerTokenKey):
        return  # nothing that an organisation says for another is ever a token
    issued_at = func.coalesce(Endorsement.reissued_at, Endorsement.accepted_at)
    said = Endorsement.signed_document[("proof", 0, "verificationMethod")].astext
    db.execute(
        update(Endorsement)
        .where(
            Endorsement.endorser_id == key.issuer_id,
            Endorsement.ended_at.is_(None),
            said.endswith(f"#{key.multikey}", autoescape=True),
        )
        .values(
            signed_document=None,
            reissued_at=func.greatest(now, issued_at + timedelta(seconds=1)),
        )
    )


def _holds_words_signed_with(key: IssuerKey | IssuerTokenKey) -> ColumnElement[bool]:
    """Say whether a badge holds what the key's issuer said for it, signed with that key."""
    if isinstance(key, IssuerTokenKey):
        return false()
    spoken_for = select(Endorsement.achievement_id).where(
        Endorsement.endorser_id == key.issuer_id, Endorsement.achievement_id.is_not(None)
    )
    where = ("credentialSubject", "achievement", "endorsement")
    words = cast(AchievementCredential.signed_document[where], Text)
    return and_(
        AchievementCredential.achievement_id.in_(spoken_for),
        words.contains(f'#{key.multikey}"', autoescape=True),
    )


def _may_be_signed_with(key: IssuerKey | IssuerTokenKey) -> ColumnElement[bool]:
    if isinstance(key, IssuerTokenKey):
        return true()  # an older edition may be out there as a token: only the newest is kept
    said = AchievementCredential.signed_document[("proof", 0, "verificationMethod")].astext
    return said.endswith(f"#{key.multikey}", autoescape=True)
