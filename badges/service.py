"""The rules of awarding, and the signing of what was awarded."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, count
from typing import TypedDict, Unpack

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask_babel import gettext as _
from slugify import slugify
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.models import User
from app import clock
from app.db import lock
from app.errors import Conflict, NotAllowed, NotFound
from badges import facts, keys, openbadges, proof, tokens
from badges.endorsement_queries import endorsements_to_embed
from badges.issuers import domain_of
from badges.log import log_signature
from badges.models import (
    Achievement,
    AchievementCredential,
    AchievementKind,
    Endorsement,
    IssuerKey,
    IssuerTokenKey,
    RubricLevel,
    SignaturePurpose,
    Skill,
    Strand,
    TrustedIssuer,
)
from badges.news import holding_changed
from badges.queries import (
    credential_of,
    current_key_of,
    current_token_key_of,
    is_earned,
    is_taken,
    revoked_indexes_of,
    token_keys_of,
    trusted_issuer,
    version_after,
)
from providers.models import Provider
from providers.queries import speaks_for


class More(TypedDict, total=False):
    """What can be said of a badge beside its words; what is left out stays at the least."""

    kind: AchievementKind
    #: 1 Engage, 2 Participate, 3 Demonstrate, 4 Lead: what is asked, never how well it is done.
    level: int
    #: The name of its picture.
    icon: str
    #: What one practises on the way to it.
    skills: Collection[Skill]
    #: `en` or `cy`.
    language: str
    #: What the one who watches looks at, and the words to choose from.
    rubric: str
    rubric_levels: Sequence[str]


@dataclass(frozen=True)
class IssuingHost:
    """The host in whose name badges are issued, and the secret that opens its issuers' keys."""

    base_url: str
    keys_secret: str


def define_achievement(
    db: Session,
    *,
    issuer: Provider,
    name: str,
    description: str,
    criteria: str,
    strand: Strand,
    seed: str = "",
    **more: Unpack[More],
) -> Achievement:
    """Say what a new badge of `issuer` stands for. Flushes.

    :param seed: what `slug_of` made the badge's address of where somebody has seen its picture.
    """
    slug = slug_of(name, seed or secrets.token_hex(3))
    if db.scalar(select(Achievement.id).filter_by(slug=slug)) is not None:
        slug = slug_of(name, secrets.token_hex(3))
    achievement = Achievement(
        slug=slug,
        issuer=issuer,
        name=name,
        description=description,
        criteria=criteria,
        strand=strand,
    )
    _write_more(achievement, more)
    db.add(achievement)
    db.flush()
    return achievement


def slug_of(name: str, seed: str) -> str:
    """Return the address that a badge gets, and with it the pattern of its picture.

    :param seed: six random hexadecimal digits.
    """
    return f"{slugify(name, max_length=60) or 'badge'}-{seed}"


def change_achievement(
    db: Session,
    *,
    achievement: Achievement,
    changed_by: User,
    name: str,
    description: str,
    criteria: str,
    strand: Strand,
    **more: Unpack[More],
) -> None:
    """Say anew what a badge stands for, as long as nobody has earned it. Flushes.

    Its address stays.

    :raises NotAllowed: `changed_by` does not speak for the issuer.
    :raises Conflict: somebody holds it or once did: what they were given stays what it was.
    """
    # Whoever is awarded it at this moment holds the row too: this waits, and then sees the award.
    lock(db, Achievement, achievement.id)
    if not speaks_for(db, changed_by, achievement.issuer):
        raise NotAllowed(_("You cannot act for this organisation."))
    if is_earned(db, achievement):
        raise Conflict(_("Somebody has earned this badge, so it stays as it is."))
    achievement.name, achievement.description = name, description
    achievement.criteria, achievement.strand = criteria, strand
    _forget_levels(db, achievement)
    _write_more(achievement, more)
    db.flush()


def make_next_version(
    db: Session,
    *,
    earlier: Achievement,
    made_by: User,
    name: str,
    description: str,
    criteria: str,
    strand: Strand,
    **more: Unpack[More],
) -> Achievement:
    """Say what a badge stands for from now on, under the same address with the next number. Flushes.

    What it corresponds to in frameworks is taken along. Whoever holds the version before keeps it.

    :raises NotAllowed: `made_by` does not speak for the issuer.
    :raises Conflict: there is a next version already, or nobody has earned this one yet.
    """
    lock(db, Achievement, earlier.id)
    if not speaks_for(db, made_by, earlier.issuer):
        raise NotAllowed(_("You cannot act for this organisation."))
    if version_after(db, earlier) is not None:
        raise Conflict(_("There is a newer version of this badge."))
    if not is_earned(db, earlier):
        raise Conflict(_("Nobody has earned this badge yet: change it as it is."))
    newer = Achievement(
        slug=earlier.slug,
        version=earlier.version + 1,
        earlier_id=earlier.id,
        issuer=earlier.issuer,
        name=name,
        description=description,
        criteria=criteria,
        strand=strand,
        alignments=list(earlier.alignments),
    )
    _write_more(newer, more)
    db.add(newer)
    db.flush()
    return newer


def award(
    db: Session,
    *,
    achievement: Achievement,
    recipient: User,
    evidence: str,
    activity_started_at: datetime,
    activity_ended_at: datetime,
    now: datetime,
    source: Provider | None = None,
    ground: str = "given",
    narrative: str = "",
    seen: RubricLevel | None = None,
) -> AchievementCredential:
    """Give `recipient` the badge, once, whoever else awards it at this moment. Flushes.

    A second award returns the first; one that was taken back is given again.

    :param evidence: why, in a sentence that names nobody; it stands in the badge.
    :param source: on whose word, where that is another organisation than the issuer.
    :param ground: what it stands by from now on, beside what it stands by already; see `let_go`.
    :param narrative: what somebody saw who watched, in words that name nobody; they stand there too.
    :param seen: which of the badge's own words fit what was seen.
    """
    held = credential_of(db, recipient, achievement)
    is_new = held is None
    while held is None:
        _insert_unless_held(
            db,
            achievement_id=achievement.id,
            issuer_id=achievement.issuer_id,
            recipient_id=recipient.id,
            evidence=evidence,
            activity_started_at=activity_started_at,
            activity_ended_at=activity_ended_at,
            awarded_at=now,
            source_id=source.id if source and source.id != achievement.issuer_id else None,
            grounds=[ground],
            narrative=narrative,
            seen_id=seen.id if seen else None,
        )
        held = credential_of(db, recipient, achievement)
    if not is_new:
        _stand_by(db, held, ground)
    reinstate(db, credential=held)
    if is_new:
        holding_changed.send(recipient, db=db)
    return held


def let_go(
    db: Session, *, credential: AchievementCredential, ground: str, reason: str, now: datetime
) -> None:
    """Let a badge stand by a ground no more; where that was the last, take it back. Flushes."""
    lock(db, AchievementCredential, credential.id)
    if ground in credential.grounds:
        credential.grounds = [each for each in credential.grounds if each != ground]
        db.flush()
        if not credential.grounds:
            revoke(db, credential=credential, reason=reason, now=now)


def revoke(db: Session, *, credential: AchievementCredential, reason: str, now: datetime) -> None:
    """Take a badge back. The reason shows on the badge's own page and never in the list. Flushes."""
    if credential.revoked_at is None:
        credential.revoked_at = now
        credential.revocation_reason = reason
        credential.is_public = False
        db.flush()
        holding_changed.send(credential.recipient, db=db)


def reinstate(db: Session, *, credential: AchievementCredential) -> None:
    """Give back a badge that was taken back. Flushes."""
    if credential.revoked_at is not None:
        credential.revoked_at = credential.revocation_reason = None
        db.flush()
        holding_changed.send(credential.recipient, db=db)


def show_publicly(db: Session, *, credential: AchievementCredential, is_public: bool) -> None:
    """Let anyone who has the badge's address see it, or nobody but its learner. Flushes."""
    credential.is_public = is_public
    db.flush()


def reissue(
    db: Session,
    *,
    credential: AchievementCredential,
    now: datetime,
    activity_started_at: datetime | None = None,
    activity_ended_at: datetime | None = None,
) -> None:
    """Issue a badge again as it should have been: same address, newer date, signed when next asked for.

    What it says of its issuer is read anew too. It stays awarded when it was. Flushes.

    :param activity_started_at: when what earned it really began; `None` where that was right.
    :param activity_ended_at: when it really ended.
    :raises Conflict: it was taken back, or it would end before it began.
    """
    lock(db, AchievementCredential, credential.id)
    if credential.revoked_at is not None:
        raise Conflict(_("This badge was taken back."))
    started_at = activity_started_at or credential.activity_started_at
    ended_at = activity_ended_at or credential.activity_ended_at
    if ended_at < started_at:
        raise Conflict(_("It cannot end before it begins."))
    credential.activity_started_at, credential.activity_ended_at = started_at, ended_at
    # Dates in a badge go by the second, and the newer edition must be the newer to everyone.
    credential.reissued_at = max(now, credential.issued_at + timedelta(seconds=1))
    credential.signed_document = None
    db.flush()


def add_words(
    db: Session,
    *,
    credential: AchievementCredential,
    narrative: str,
    seen: RubricLevel | None,
    now: datetime,
) -> None:
    """Add what somebody saw to a badge of which nobody said anything yet, and issue it again. Flushes."""
    lock(db, AchievementCredential, credential.id)
    is_said = credential.narrative or credential.seen_id
    if is_said or credential.revoked_at is not None:
        return
    if seen is not None and seen.achievement_id == credential.achievement_id:
        credential.seen_id = seen.id
    credential.narrative = narrative
    reissue(db, credential=credential, now=now)


def signed_document(
    db: Session, credential: AchievementCredential, *, host: IssuingHost
) -> openbadges.Document:
    """Return the badge as a signed `OpenBadgeCredential`, the same bytes for each edition. Flushes.

    Signed when first asked for, by one of those who ask: the others wait for it. Inside stands what
    others say for it by then.

    :raises NotFound: it was erased meanwhile.
    :raises Conflict: it was taken back before it was signed, or because it could not be.
    """
    if credential.signed_document is not None:
        return credential.signed_document
    if credential.is_signed_no_more:
        raise Conflict(_("This badge was taken back."))
    # The key, then who speaks for it, then the badge, as whoever takes a key back does: neither
    # then waits for the other.
    key = _held_key(db, credential.issuer, host=host)
    spoken = _spoken_for(db, credential.achievement)
    if lock(db, AchievementCredential, credential.id) is None:
        raise NotFound(_("We cannot find that badge."))
    signed = credential.signed_document
    if signed is None:
        unsigned = openbadges.open_badge(
            facts.credential_facts(credential, host.base_url, endorsements=spoken)
        )
        credential.signed_document = signed = _sign(
            db,
            credential.issuer,
            unsigned,
            key=key,
            created=credential.issued_at,
            purpose=SignaturePurpose.BADGE,
            host=host,
        )
        credential.unsigned_since = None
        db.flush()
    return signed


def signed_token(
    db: Session, credential: AchievementCredential, *, host: IssuingHost, now: datetime
) -> str:
    """Return the badge as a compact JWS (VC-JWT, RS256), for validators that read nothing else.

    It says what the signed document says. Flushes.

    :param now: only names the issuer's key when this is the first token it signs.
    """
    document = {**signed_document(db, credential, host=host)}
    document.pop("proof")
    purpose = SignaturePurpose.BADGE_TOKEN
    return _sign_token(db, credential.issuer, document, purpose=purpose, host=host, now=now)


def signed_status_list(
    db: Session, issuer: Provider, *, host: IssuingHost, now: datetime
) -> openbadges.Document:
    """Return the issuer's signed list of badges that were taken back, as it stands at `now`. Flushes.

    The same bytes within an hour, unless a badge was taken back or the key is another.
    """
    return _sign(
        db,
        issuer,
        _status_list(db, issuer, host, now),
        key=_held_key(db, issuer, host=host),
        created=facts.status_list_valid_from(now),
        purpose=SignaturePurpose.STATUS_LIST,
        host=host,
    )


def signed_status_token(db: Session, issuer: Provider, *, host: IssuingHost, now: datetime) -> str:
    """Return the same list as a compact JWS. Flushes."""
    unsigned, purpose = _status_list(db, issuer, host, now), SignaturePurpose.STATUS_LIST_TOKEN
    return _sign_token(db, issuer, unsigned, purpose=purpose, host=host, now=now)


def held_host_key(db: Session, *, host: IssuingHost) -> IssuerKey:
    """Return the host's own key, which nobody takes back until what it signs has landed. Flushes."""
    return _held_key(db, None, host=host)


def sign_as_host(
    db: Session,
    document: openbadges.Document,
    *,
    key: IssuerKey,
    created: datetime,
    purpose: SignaturePurpose,
    host: IssuingHost,
) -> openbadges.Document:
    """Return a document signed in the host's own name, and log that. Flushes.

    :param key: from `held_host_key`.
    """
    return _sign(db, None, document, key=key, created=created, purpose=purpose, host=host)


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


def trust_issuer(db: Session, *, issuer_id: str, name: str) -> TrustedIssuer:
    """Put an issuer elsewhere on the list of those that are known, or name it anew. Flushes.

    :param issuer_id: as it stands in badges, to the letter.
    :raises Conflict: it is bound to no host, so there is nobody to know.
    """
    if not domain_of(issuer_id):
        raise Conflict(_("An issuer's id begins with did:web: or https://."))
    known = trusted_issuer(db, issuer_id) or TrustedIssuer(issuer_id=issuer_id)
    known.name = name
    db.add(known)
    db.flush()
    return known


def distrust_issuer(db: Session, *, issuer_id: str) -> None:
    """Take an issuer from the list. Flushes.

    :raises NotFound: it is not on it.
    """
    known = trusted_issuer(db, issuer_id)
    if known is None:
        raise NotFound(_("That issuer is not on the list."))
    db.delete(known)
    db.flush()


def _unused_name(name: str, used: Collection[str]) -> str:
    """Return a name for a key; the second of a year has a number behind it."""
    numbered = (f"{name}-{number}" for number in count(2))
    return next(each for each in chain([name], numbered) if each not in used)


def _stand_by(db: Session, credential: AchievementCredential, ground: str) -> None:
    lock(db, AchievementCredential, credential.id)
    if ground not in credential.grounds:
        credential.grounds = [*credential.grounds, ground]
        db.flush()


def _write_more(achievement: Achievement, more: More) -> None:
    achievement.kind = more.get("kind", AchievementKind.PARTICIPATION)
    achievement.level, achievement.icon = more.get("level", 1), more.get("icon", "award")
    achievement.skills = _in_order(more.get("skills", ()))
    achievement.language = more.get("language", "en")
    words = more.get("rubric_levels", ()) if more.get("rubric") else ()
    achievement.rubric = more.get("rubric", "") if words else ""
    achievement.rubric_levels = [
        RubricLevel(position=position, name=name) for position, name in enumerate(words, start=1)
    ]


def _forget_levels(db: Session, achievement: Achievement) -> None:
    """Make room: two levels in one place would meet before the old one is gone."""
    for level in achievement.rubric_levels:
        db.delete(level)
    db.flush()


def _in_order(skills: Collection[Skill]) -> list[Skill]:
    return [skill for skill in Skill if skill in skills]


def _insert_unless_held(db: Session, **values) -> None:
    """Insert a credential with a random place in the revocation list.

    Nothing is inserted where the badge is held already, or where the place is taken: the caller
    looks again.
    """
    index = secrets.randbelow(openbadges.STATUS_LIST_LENGTH)
    if not is_taken(db, values["issuer_id"], index):
        row = insert(AchievementCredential).values(status_index=index, **values)
        db.execute(row.on_conflict_do_nothing())


def _spoken_for(db: Session, achievement: Achievement) -> list[openbadges.Document]:
    found = endorsements_to_embed(db, achievement, now=clock.of_database(db))
    return [each.signed_document for each in found if each.signed_document]


def _status_list(
    db: Session, issuer: Provider, host: IssuingHost, now: datetime
) -> openbadges.Document:
    return openbadges.status_list_credential(
        url=facts.status_list_url(issuer, host.base_url),
        issuer_did=facts.issuer_did(issuer, host.base_url),
        revoked=revoked_indexes_of(db, issuer),
        valid_from=facts.status_list_valid_from(now),
        valid_until=facts.status_list_valid_until(now),
    )


def _sign_token(
    db: Session,
    issuer: Provider,
    document: openbadges.Document,
    *,
    purpose: SignaturePurpose,
    host: IssuingHost,
    now: datetime,
) -> str:
    key = _held_token_key(db, issuer, host=host, now=now)
    method = _verification_method(issuer, key.name, host)
    private_key = keys.unseal_token_key(
        key.encrypted_private_key, secret=host.keys_secret, owner=method
    )
    signed = tokens.sign_token(document, private_key=private_key, method=method)
    log_signature(db, signed, credential=document["id"], key=method, purpose=purpose)
    return signed


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
    method = _verification_method(issuer, key.multikey, host)
    private_key = _unsealed(issuer, key, host)
    signed = proof.sign(
        document, private_key=private_key, verification_method=method, created=created
    )
    log_signature(db, signed, credential=document["id"], key=method, purpose=purpose)
    return signed


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
