"""The rules of awarding. Whatever is to be signed is taken on here, and done by a worker."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict, Unpack

from flask_babel import gettext as _
from slugify import slugify
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from accounts.models import User
from app.db import lock
from app.errors import Conflict, NotAllowed, NotFound
from app.jobs import defer_once
from badges import openbadges
from badges.issuers import domain_of
from badges.models import (
    Achievement,
    AchievementCredential,
    AchievementKind,
    RubricLevel,
    Skill,
    Strand,
    TrustedIssuer,
)
from badges.news import holding_changed
from badges.queries import (
    credential_of,
    is_earned,
    is_taken,
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
    """The host in whose name badges are issued, and the secret that opens its issuers' keys.

    Only a worker, or an operator's command, has the secret: see `badges.signing.signing_host`.
    """

    base_url: str
    keys_secret: str = ""


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
        ask_for_signatures(db, issuer_id=held.issuer_id)
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
        ask_for_list(db, issuer_id=credential.issuer_id)
        holding_changed.send(credential.recipient, db=db)


def reinstate(db: Session, *, credential: AchievementCredential) -> None:
    """Give back a badge that was taken back. Flushes."""
    if credential.revoked_at is not None:
        credential.revoked_at = credential.revocation_reason = None
        db.flush()
        ask_for_list(db, issuer_id=credential.issuer_id)
        ask_for_signatures(db, issuer_id=credential.issuer_id)
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
    """Issue a badge again as it should have been: same address, newer date, signed anew by a worker.

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
    credential.signed_document = credential.signed_token = None
    db.flush()
    ask_for_signatures(db, issuer_id=credential.issuer_id)


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


def ask_for_signatures(db: Session, *, issuer_id: int) -> None:
    """Have a worker sign what waits for it of one issuer once this transaction lands."""
    defer_once(db, "badges.sign", issuer_id=issuer_id)


def ask_for_list(db: Session, *, issuer_id: int) -> None:
    """Have a worker sign an issuer's list of what was taken back once this transaction lands."""
    defer_once(db, "badges.sign_list", issuer_id=issuer_id)


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
