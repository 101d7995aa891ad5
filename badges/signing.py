"""The signing of badges, lists, records and endorsements: all that opens an issuer's key.

Only jobs and commands come here (`tests/badges/test_who_signs.py` holds that), so the processes that
serve the site need no `KEYS_SECRET` and never hold a key. What is signed is kept, and `badges.signed`
hands it out.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import chain, count

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app import clock
from app.config import KEYS_SECRET_NEEDED, MissingSetting
from app.db import lock
from app.errors import Conflict, NotFound
from badges import facts, keys, lists, openbadges, proof, tokens
from badges.endorsement_queries import endorsements_to_embed
from badges.log import Signature, digest_of, log_signature, log_signatures
from badges.models import (
    Achievement,
    AchievementCredential,
    Endorsement,
    IssuerKey,
    IssuerTokenKey,
    LearnerRecord,
    SignaturePurpose,
    StatusList,
)
from badges.proof import instant
from badges.queries import (
    current_key_of,
    current_token_key_of,
    revoked_indexes_of,
    status_list_kept_for,
    token_keys_of,
)
from badges.records import contents_of, kept_edition, next_date, unsigned_record
from badges.service import IssuingHost
from providers.models import Provider

#: A list is signed anew after so long, though nothing in it has changed: it lasts for a week.
LIST_RENEWED_AFTER = timedelta(days=1)


def signing_host() -> IssuingHost:
    """Return the host that badges are issued for, with the secret that opens its issuers' keys.

    :raises MissingSetting: this process does not have it, and should not sign.
    """
    settings = current_app.extensions["settings"]
    if not settings.keys_secret:
        raise MissingSetting(KEYS_SECRET_NEEDED)
    return IssuingHost(settings.public_url.rstrip("/"), settings.keys_secret)


def sign_badge(db: Session, *, credential_id: int, host: IssuingHost, now: datetime) -> bool:
    """Sign a badge as document and token if it waits for that, and say whether it did. Flushes."""
    credential = db.get(AchievementCredential, credential_id, populate_existing=True)
    if credential is None or not credential.is_being_signed:
        return False
    signed_token(db, credential, host=host, now=now)
    return True


def sign_badges(
    db: Session, *, credential_ids: Collection[int], host: IssuingHost, now: datetime
) -> int:
    """Sign those badges that wait for it, as documents and tokens; say how many. Flushes.

    All or none. Of several issuers the keys are held in one order, then the badges in one order.
    """
    badges = _with_issuers(db, credential_ids)
    issuers = {badge.issuer_id: badge.issuer for badge in badges}
    held = {
        number: (
            _held_key(db, issuers[number], host=host),
            _held_token_key(db, issuers[number], host=host, now=now),
        )
        for number in sorted(issuers)
    }
    achievements = {badge.achievement_id: badge.achievement for badge in badges}
    spoken = {number: _spoken_for(db, each) for number, each in achievements.items()}
    waiting = [badge for badge in _held_badges(db, badges) if badge.is_being_signed]
    signatures: list[Signature] = []
    for badge in waiting:
        key, token_key = held[badge.issuer_id]
        document = _document_of(badge, spoken[badge.achievement_id], signatures, key=key, host=host)
        _token_of(badge, document, signatures, key=token_key, host=host)
    log_signatures(db, signatures)
    return len(waiting)


def signed_document(
    db: Session, credential: AchievementCredential, *, host: IssuingHost
) -> openbadges.Document:
    """Return the badge as a signed `OpenBadgeCredential`, the same for each edition. Flushes.

    Inside stands what others say for it by the time that it is signed.

    :raises NotFound: it was erased meanwhile.
    :raises Conflict: it was taken back before it was signed, or because it could not be.
    """
    if credential.signed_document is not None:
        return credential.signed_document
    _refuse_taken_back(credential)
    # The key, then who speaks for it, then the badge, as whoever takes a key back does: neither
    # then waits for the other.
    key = _held_key(db, credential.issuer, host=host)
    spoken = _spoken_for(db, credential.achievement)
    _hold(db, credential)
    signatures: list[Signature] = []
    document = _document_of(credential, spoken, signatures, key=key, host=host)
    log_signatures(db, signatures)
    return document


def signed_token(
    db: Session, credential: AchievementCredential, *, host: IssuingHost, now: datetime
) -> str:
    """Return the badge as a compact JWS (VC-JWT, RS256), for validators that read nothing else.

    It says what the signed document says, which is signed too if it was not yet. Flushes.

    :param now: only names the issuer's key when this is the first token it signs.
    :raises NotFound: it was erased meanwhile.
    :raises Conflict: it was taken back before it was signed.
    """
    if credential.signed_token is not None:
        return credential.signed_token
    _refuse_taken_back(credential)
    key = _held_key(db, credential.issuer, host=host)
    token_key = _held_token_key(db, credential.issuer, host=host, now=now)
    spoken = _spoken_for(db, credential.achievement)
    _hold(db, credential)
    signatures: list[Signature] = []
    document = _document_of(credential, spoken, signatures, key=key, host=host)
    token = _token_of(credential, document, signatures, key=token_key, host=host)
    log_signatures(db, signatures)
    return token


def signed_status_list(
    db: Session, issuer: Provider, *, host: IssuingHost, now: datetime
) -> StatusList:
    """Return the issuer's signed list of what was taken back, signed anew where that is due. Flushes.

    It is due when what was taken back is something else than the list says, and once a day. However
    many ask for it at once, it is signed once.
    """
    key = _held_key(db, issuer, host=host)
    token_key = _held_token_key(db, issuer, host=host, now=now)
    # Before the question what was taken back, so that who comes later has seen more.
    db.execute(select(func.pg_advisory_xact_lock(func.hashtext("status_list"), issuer.id)))
    revoked = revoked_indexes_of(db, issuer)
    kept = status_list_kept_for(db, issuer) or StatusList(issuer_id=issuer.id)
    contents = digest_of(",".join(map(str, revoked)))
    if kept.contents == contents and timedelta(0) <= now - kept.signed_at < LIST_RENEWED_AFTER:
        return kept
    unsigned = openbadges.status_list_credential(
        url=facts.status_list_url(issuer, host.base_url),
        issuer_did=facts.issuer_did(issuer, host.base_url),
        revoked=revoked,
        valid_from=facts.status_list_valid_from(now),
        valid_until=facts.status_list_valid_until(now),
    )
    kept.contents, kept.places = contents, len(revoked)
    kept.signed_at, kept.valid_until = now, facts.status_list_valid_until(now)
    kept.document = _sign(
        db,
        issuer,
        unsigned,
        key=key,
        created=facts.status_list_valid_from(now),
        purpose=SignaturePurpose.STATUS_LIST,
        host=host,
    )
    purpose = SignaturePurpose.STATUS_LIST_TOKEN
    kept.token = _sign_token(db, issuer, unsigned, key=token_key, purpose=purpose, host=host)
    db.add(kept)
    db.flush()
    return kept


def signed_endorsement(
    db: Session, endorsement: Endorsement, *, host: IssuingHost
) -> openbadges.Document:
    """Return what an organisation says as an `EndorsementCredential`, signed with its own key. Flushes.

    :raises NotFound: it was erased meanwhile.
    :raises Conflict: the two have not both said yes, or it is said no more.
    """
    key = _held_key(db, endorsement.endorser, host=host)
    if lock(db, Endorsement, endorsement.id) is None:
        raise NotFound(_("We cannot find that."))
    if endorsement.issued_at is None or endorsement.ended_at is not None:
        raise Conflict(_("This is said no more."))
    signed = endorsement.signed_document
    if signed is None:
        endorsement.signed_document = signed = _sign(
            db,
            endorsement.endorser,
            openbadges.endorsement(facts.endorsement_facts(endorsement, host.base_url)),
            key=key,
            created=endorsement.issued_at,
            purpose=SignaturePurpose.ENDORSEMENT,
            host=host,
        )
        db.flush()
    return signed


def signed_record(
    db: Session, record: LearnerRecord, *, host: IssuingHost, now: datetime
) -> openbadges.Document:
    """Return the record as a signed `ClrCredential`, the same until what is in it changes. Flushes.

    In it is each badge that the learner holds and that is signed; what was taken back is not. An
    edition with other badges has the same address and a newer date.

    :raises NotFound: it was erased meanwhile.
    :raises Conflict: there is no badge to put into it.
    """
    if (kept := kept_edition(db, record, host=host)) is not None:
        return kept
    # The key before the record, as whoever takes a key back does.
    key = _held_key(db, None, host=host)
    if lock(db, LearnerRecord, record.id) is None:
        raise NotFound(_("We cannot find that record."))
    if (kept := kept_edition(db, record, host=host)) is not None:
        return kept
    document, issued_at = unsigned_record(db, record, host=host), next_date(record, now)
    signed = _sign(
        db,
        None,
        {**document, "validFrom": instant(issued_at)},
        key=key,
        created=issued_at,
        purpose=SignaturePurpose.RECORD,
        host=host,
    )
    record.issued_at, record.contents, record.proof = (
        issued_at,
        contents_of(document),
        signed["proof"],
    )
    db.flush()
    return signed


def signed_list(db: Session, content: bytes, *, about: str, host: IssuingHost) -> str:
    """Return the host's signature of a list of files, to stand beside it. Flushes.

    :param about: what the list is of, in a name that tells of nobody.
    """
    key = _held_key(db, None, host=host)
    method = _verification_method(None, key.multikey, host)
    signature = lists.sign_list(content, private_key=_unsealed(None, key, host), method=method)
    purpose = SignaturePurpose.BUNDLE
    log_signature(db, signature, credential=about, key=method, purpose=purpose)
    return signature


def seal_anew(db: Session, *, host: IssuingHost, old_secret: str) -> int:
    """Lock every key with the host's secret that was locked with another; return how many. Flushes.

    :raises keys.KeyLocked: one does not open with `old_secret`. Then nothing is changed.
    """
    sealed = 0
    for key in db.scalars(select(IssuerKey).with_for_update()):
        issuer = db.get(Provider, key.issuer_id) if key.issuer_id else None
        owner = _verification_method(issuer, key.multikey, host)
        opened = keys.unseal(key.encrypted_private_key, secret=old_secret, owner=owner)
        key.encrypted_private_key = keys.seal(opened, secret=host.keys_secret, owner=owner)
        sealed += 1
    for token_key in db.scalars(select(IssuerTokenKey).with_for_update()):
        owner = _verification_method(db.get(Provider, token_key.issuer_id), token_key.name, host)
        opened_rsa = keys.unseal_token_key(
            token_key.encrypted_private_key, secret=old_secret, owner=owner
        )
        token_key.encrypted_private_key = keys.seal_token_key(
            opened_rsa, secret=host.keys_secret, owner=owner
        )
        sealed += 1
    db.flush()
    return sealed


def ensure_key(db: Session, issuer: Provider | None, *, host: IssuingHost) -> IssuerKey:
    """Return the key that `issuer` signs with now, made at first need. Flushes.

    :param issuer: `None` for the host itself, which signs records.
    """
    key = current_key_of(db, issuer)
    if key is None:
        # Serialise the first need: the unique index would refuse the second key, but loudly.
        owner_id = issuer.id if issuer else 0
        db.execute(select(func.pg_advisory_xact_lock(func.hashtext("issuer_key"), owner_id)))
        key = current_key_of(db, issuer)
    if key is None:
        private_key = keys.generate_key()
        multikey = keys.multikey(private_key.public_key())
        owner = _verification_method(issuer, multikey, host)
        sealed = keys.seal(private_key, secret=host.keys_secret, owner=owner)
        key = IssuerKey(multikey=multikey, encrypted_private_key=sealed)
        key.issuer_id = issuer.id if issuer else None
        db.add(key)
        db.flush()
    return key


def ensure_token_key(
    db: Session, issuer: Provider, *, host: IssuingHost, now: datetime
) -> IssuerTokenKey:
    """Return the RSA key that `issuer` signs tokens with now, made at first need. Flushes."""
    if (current := current_token_key_of(db, issuer)) is not None:
        return current
    db.execute(select(func.pg_advisory_xact_lock(func.hashtext("issuer_token_key"), issuer.id)))
    if (current := current_token_key_of(db, issuer)) is not None:
        return current
    held = token_keys_of(db, issuer)
    private_key = keys.generate_token_key()
    name = _unused_name(f"rsa-{now.year}", {key.name for key in held})
    owner = _verification_method(issuer, name, host)
    key = IssuerTokenKey(
        issuer_id=issuer.id,
        name=name,
        public_jwk=keys.public_jwk(private_key),
        encrypted_private_key=keys.seal_token_key(
            private_key, secret=host.keys_secret, owner=owner
        ),
    )
    db.add(key)
    db.flush()
    return key


def _refuse_taken_back(credential: AchievementCredential) -> None:
    if credential.is_signed_no_more:
        raise Conflict(_("This badge was taken back."))


def _hold(db: Session, credential: AchievementCredential) -> None:
    if lock(db, AchievementCredential, credential.id) is None:
        raise NotFound(_("We cannot find that badge."))


def _document_of(
    credential: AchievementCredential,
    spoken: list[openbadges.Document],
    signatures: list[Signature],
    *,
    key: IssuerKey,
    host: IssuingHost,
) -> openbadges.Document:
    """Return the signed document of a badge that is held, signing it unless somebody has meanwhile."""
    signed = credential.signed_document
    if signed is None:
        unsigned = openbadges.open_badge(
            facts.credential_facts(credential, host.base_url, endorsements=spoken)
        )
        credential.signed_document = signed = _proven(
            credential.issuer, unsigned, key=key, created=credential.issued_at, host=host
        )
        credential.unsigned_since = None
        method = _verification_method(credential.issuer, key.multikey, host)
        purpose = SignaturePurpose.BADGE
        signatures.append(Signature(digest_of(signed), unsigned["id"], method, purpose))
    return signed


def _token_of(
    credential: AchievementCredential,
    document: openbadges.Document,
    signatures: list[Signature],
    *,
    key: IssuerTokenKey,
    host: IssuingHost,
) -> str:
    """Return the signed token of a badge that is held, signing it unless somebody has meanwhile."""
    token = credential.signed_token
    if token is None:
        unsigned = {name: part for name, part in document.items() if name != "proof"}
        credential.signed_token = token = _made_token(
            credential.issuer, unsigned, key=key, host=host
        )
        method = _verification_method(credential.issuer, key.name, host)
        purpose = SignaturePurpose.BADGE_TOKEN
        signatures.append(Signature(digest_of(token), unsigned["id"], method, purpose))
    return token


def _with_issuers(db: Session, credential_ids: Collection[int]) -> Sequence[AchievementCredential]:
    found = select(AchievementCredential).where(AchievementCredential.id.in_(credential_ids))
    return db.scalars(
        found.options(
            joinedload(AchievementCredential.achievement),
            joinedload(AchievementCredential.issuer),
            joinedload(AchievementCredential.recipient),
            joinedload(AchievementCredential.shown),
            joinedload(AchievementCredential.seen),
        )
    ).all()


def _held_badges(
    db: Session, badges: Collection[AchievementCredential]
) -> Sequence[AchievementCredential]:
    """Hold badges in one order, and read them as they are now; those erased meanwhile are left out."""
    held = select(AchievementCredential).where(
        AchievementCredential.id.in_([badge.id for badge in badges])
    )
    held = held.order_by(AchievementCredential.id).with_for_update(of=AchievementCredential)
    # Read anew with it, and not one by one.
    held = held.options(
        selectinload(AchievementCredential.shown), selectinload(AchievementCredential.seen)
    )
    return db.scalars(held, execution_options={"populate_existing": True}).all()


def _spoken_for(db: Session, achievement: Achievement) -> list[openbadges.Document]:
    found = endorsements_to_embed(db, achievement, now=clock.of_database(db))
    return [each.signed_document for each in found if each.signed_document]


def _sign_token(
    db: Session,
    issuer: Provider,
    document: openbadges.Document,
    *,
    key: IssuerTokenKey,
    purpose: SignaturePurpose,
    host: IssuingHost,
) -> str:
    signed = _made_token(issuer, document, key=key, host=host)
    method = _verification_method(issuer, key.name, host)
    log_signature(db, signed, credential=document["id"], key=method, purpose=purpose)
    return signed


def _made_token(
    issuer: Provider, document: openbadges.Document, *, key: IssuerTokenKey, host: IssuingHost
) -> str:
    method = _verification_method(issuer, key.name, host)
    private_key = keys.unseal_token_key(
        key.encrypted_private_key, secret=host.keys_secret, owner=method
    )
    return tokens.sign_token(document, private_key=private_key, method=method)


def _sign(
    db: Session,
    issuer: Provider | None,
    document: openbadges.Document,
    *,
    key: IssuerKey,
    created: datetime,
    purpose: SignaturePurpose,
    host: IssuingHost,
) -> openbadges.Document:
    signed = _proven(issuer, document, key=key, created=created, host=host)
    method = _verification_method(issuer, key.multikey, host)
    log_signature(db, signed, credential=document["id"], key=method, purpose=purpose)
    return signed


def _proven(
    issuer: Provider | None,
    document: openbadges.Document,
    *,
    key: IssuerKey,
    created: datetime,
    host: IssuingHost,
) -> openbadges.Document:
    method = _verification_method(issuer, key.multikey, host)
    private_key = _unsealed(issuer, key, host)
    return proof.sign(
        document, private_key=private_key, verification_method=method, created=created
    )


def _held_key(db: Session, issuer: Provider | None, *, host: IssuingHost) -> IssuerKey:
    """Return the key to sign with, which nobody takes back until what it signs has landed."""
    while True:
        key = ensure_key(db, issuer, host=host)
        db.refresh(key, with_for_update={"read": True})
        if key.retired_at is None:
            return key


def _held_token_key(
    db: Session, issuer: Provider, *, host: IssuingHost, now: datetime
) -> IssuerTokenKey:
    while True:
        key = ensure_token_key(db, issuer, host=host, now=now)
        db.refresh(key, with_for_update={"read": True})
        if key.retired_at is None:
            return key


def _unsealed(issuer: Provider | None, key: IssuerKey, host: IssuingHost) -> Ed25519PrivateKey:
    owner = _verification_method(issuer, key.multikey, host)
    return keys.unseal(key.encrypted_private_key, secret=host.keys_secret, owner=owner)


def _verification_method(issuer: Provider | None, multikey: str, host: IssuingHost) -> str:
    return openbadges.verification_method(facts.issuer_did(issuer, host.base_url), multikey)


def _unused_name(name: str, used: Collection[str]) -> str:
    """Return a name for a key; the second of a year has a number behind it."""
    numbered = (f"{name}-{number}" for number in count(2))
    return next(each for each in chain([name], numbered) if each not in used)
