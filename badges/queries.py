"""Questions about badges, each asked with who wants to know where a learner's badge is concerned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from accounts.models import User
from app.clock import LONDON
from badges.hygiene import FEWEST_HOLDERS_TOLD
from badges.models import (
    Achievement,
    AchievementCredential,
    Endorsement,
    IssuerKey,
    IssuerTokenKey,
    LearnerRecord,
    StatusList,
    StatusPlace,
    TrustedIssuer,
)
from providers.models import Provider


def badges_of(
    db: Session, learner: User, *, limit: int | None = None
) -> Sequence[AchievementCredential]:
    """Return the badges a learner holds, newest first, each with its achievement and issuer loaded.

    One that was taken back is no longer held.

    :param limit: so many at most; all of them where it is not said.
    """
    held = (
        _credentials()
        .filter_by(recipient_id=learner.id, revoked_at=None)
        .order_by(AchievementCredential.awarded_at.desc(), AchievementCredential.id.desc())
        .limit(limit)
    )
    return db.scalars(held).all()


def badge_shown_to(db: Session, viewer: User | None, uuid: UUID) -> AchievementCredential | None:
    """Return a badge if `viewer` may see it: its own learner, or anyone once it is public.

    `None` for one that is not theirs to see, as for one that is not there.
    """
    credential = db.scalar(_credentials().filter_by(uuid=uuid))
    if credential is None or credential.is_public:
        return credential
    is_own = viewer is not None and credential.recipient_id == viewer.id
    return credential if is_own else None


def record_shown_to(db: Session, viewer: User | None, uuid: UUID) -> LearnerRecord | None:
    """Return a record if `viewer` may see it: its own learner, or anyone once it is public.

    `None` for one that is not theirs to see, as for one that is not there.
    """
    record = db.scalar(_records().filter_by(uuid=uuid))
    if record is None or record.is_public:
        return record
    return record if viewer is not None and record.learner_id == viewer.id else None


def record_kept_for(db: Session, learner: User) -> LearnerRecord | None:
    """Return the learner's one record, if they have asked for it yet."""
    return db.scalar(_records().filter_by(learner_id=learner.id))


def badge_with(db: Session, uuid: UUID) -> AchievementCredential | None:
    """Return a badge by its address, for an operator's command alone."""
    return db.scalar(_credentials().filter_by(uuid=uuid))


def own_badge(db: Session, learner: User, uuid: UUID) -> AchievementCredential | None:
    """Return a learner's own badge, whether it still stands or not."""
    return db.scalar(_credentials().filter_by(uuid=uuid, recipient_id=learner.id))


def credential_of(
    db: Session, recipient: User, achievement: Achievement
) -> AchievementCredential | None:
    """Return the credential by which `recipient` holds, or once held, an achievement.

    Whoever holds a version of it is given no other: the one that stands comes first, then the newest.
    """
    return db.scalar(
        select(AchievementCredential)
        .join(AchievementCredential.achievement)
        .where(
            Achievement.slug == achievement.slug, AchievementCredential.recipient_id == recipient.id
        )
        .order_by(AchievementCredential.revoked_at.is_(None).desc(), Achievement.version.desc())
        .limit(1)
    )


def achievement_named(db: Session, slug: str, version: int | None = None) -> Achievement | None:
    """Return what a badge stands for, by its address, with its issuer loaded.

    :param version: the newest where none is given.
    """
    named = select(Achievement).filter_by(slug=slug).options(joinedload(Achievement.issuer))
    named = named.filter_by(version=version) if version else named.where(is_newest())
    return db.scalar(named)


def version_after(db: Session, achievement: Achievement) -> Achievement | None:
    """Return the next version of a badge, if there is one."""
    return db.scalar(select(Achievement).filter_by(earlier_id=achievement.id))


def achievements_of(db: Session, issuer: Provider) -> Sequence[Achievement]:
    """Return all that an issuer gives badges for now, by name: the newest version of each."""
    return db.scalars(
        select(Achievement)
        .filter_by(issuer_id=issuer.id)
        .where(is_newest())
        .order_by(Achievement.name)
    ).all()


def achievements_to_give(db: Session, provider: Provider) -> Sequence[Achievement]:
    """Return what an organisation's activities can give badges for: its own, and those of its body."""
    own = or_(Achievement.issuer_id == provider.id, Achievement.issuer_id == provider.umbrella_id)
    return db.scalars(
        select(Achievement)
        .where(own, is_newest())
        .order_by(Achievement.issuer_id != provider.id, Achievement.name)
    ).all()


def may_give(provider: Provider, achievement: Achievement) -> bool:
    """Say whether an organisation's activities can give a badge: its own, or one of its body's."""
    return achievement.issuer_id in (provider.id, provider.umbrella_id)


def achievements_in_city(db: Session, city_id: int) -> Sequence[Achievement]:
    """Return what is given badges for in a city now, by issuer and name, each issuer loaded."""
    return db.scalars(
        select(Achievement)
        .join(Achievement.issuer)
        .options(contains_eager(Achievement.issuer))
        .where(Provider.city_id == city_id, is_newest())
        .order_by(Provider.name, Provider.id, Achievement.name, Achievement.id)
        .limit(1_000)
    ).all()


@dataclass(frozen=True)
class Kept:
    """An achievement, and all that its keepers are told of its holders: neither who, nor how many."""

    achievement: Achievement
    #: Whether anyone holds it, or once did.
    is_earned: bool
    #: Whether ten or more hold it, and all were given it on one day in London.
    is_of_one_day: bool


def kept_by(db: Session, issuer: Provider) -> list[Kept]:
    """Return all that an issuer gives badges for now, by name."""
    return _kept(db, Achievement.issuer_id == issuer.id)


def kept_in_city_of(db: Session, officer: User) -> list[Kept]:
    """Return what is given badges for in the officer's city, by issuer and name, each issuer loaded."""
    return _kept(db, Provider.city_id == officer.city_id)


def is_earned(db: Session, achievement: Achievement) -> bool:
    """Say whether anyone holds, or once held, a badge for this."""
    return bool(db.scalar(select(_has_holders()).where(Achievement.id == achievement.id)))


def own_achievement(db: Session, issuer: Provider, slug: str) -> Achievement | None:
    """Return the newest version of an achievement by its address if it is the issuer's own."""
    own = select(Achievement).filter_by(slug=slug, issuer_id=issuer.id).where(is_newest())
    return db.scalar(own)


def issuer_named(db: Session, slug: str) -> Provider | None:
    """Return an issuer by its address."""
    return db.scalar(select(Provider).filter_by(slug=slug))


def issuer_with_status_list(db: Session, number: int) -> Provider | None:
    """Return the issuer whose revocation list has this number."""
    return db.get(Provider, number)


def keys_of(db: Session, issuer: Provider | None) -> Sequence[IssuerKey]:
    """Return every key an issuer has signed with, newest first; of nobody, the host's own."""
    return db.scalars(_keys(issuer).order_by(IssuerKey.id.desc())).all()


def current_key_of(db: Session, issuer: Provider | None) -> IssuerKey | None:
    """Return the key an issuer, or the host, signs with now, if it has needed one yet."""
    return db.scalar(_keys(issuer).filter_by(retired_at=None))


def current_token_key_of(db: Session, issuer: Provider) -> IssuerTokenKey | None:
    """Return the RSA key an issuer signs tokens with now, if it has needed one yet."""
    return db.scalar(select(IssuerTokenKey).filter_by(issuer_id=issuer.id, retired_at=None))


def token_keys_of(db: Session, issuer: Provider) -> Sequence[IssuerTokenKey]:
    """Return every RSA key an issuer has signed with, newest first."""
    return db.scalars(
        select(IssuerTokenKey).filter_by(issuer_id=issuer.id).order_by(IssuerTokenKey.id.desc())
    ).all()


def trusted_issuer(db: Session, issuer_id: str) -> TrustedIssuer | None:
    """Return what is known of an issuer elsewhere, by its id to the letter."""
    return db.scalar(select(TrustedIssuer).filter_by(issuer_id=issuer_id))


def trusted_issuers(db: Session) -> Sequence[TrustedIssuer]:
    """Return all issuers elsewhere that are known, by id."""
    return db.scalars(select(TrustedIssuer).order_by(TrustedIssuer.issuer_id)).all()


def revoked_indexes_of(db: Session, issuer: Provider) -> Sequence[int]:
    """Return the places in the issuer's revocation list of what was taken back, or erased.

    Badges, and what the issuer said for those of others.
    """
    revoked = _revoked_places().subquery()
    return sorted(db.scalars(select(revoked.c.status_index).filter_by(issuer_id=issuer.id)))


def is_revoked(db: Session, issuer: Provider, status_index: int) -> bool:
    """Say whether what has a place in the issuer's revocation list was taken back, or erased."""
    revoked = _revoked_places().subquery()
    there = select(revoked).filter_by(issuer_id=issuer.id, status_index=status_index)
    return db.execute(there).first() is not None


def status_list_kept_for(db: Session, issuer: Provider) -> StatusList | None:
    """Return the issuer's revocation list as a worker last signed it."""
    return db.get(StatusList, issuer.id, populate_existing=True)


def has_status_list(db: Session, issuer_id: int) -> bool:
    """Say whether a worker has ever signed an issuer's revocation list."""
    return db.scalar(select(StatusList.issuer_id).filter_by(issuer_id=issuer_id)) is not None


def issuers_whose_list_is_due(db: Session, *, signed_before: datetime) -> Sequence[Provider]:
    """Return the issuers whose revocation list says too little, was signed long ago, or is not there.

    That as many were taken back and given again at once is not seen here.
    """
    revoked = _revoked_places().subquery()
    counted = (
        select(revoked.c.issuer_id, func.count().label("places"))
        .group_by(revoked.c.issuer_id)
        .subquery()
    )
    has_place = select(StatusPlace.issuer_id).where(StatusPlace.issuer_id == Provider.id).exists()
    return db.scalars(
        select(Provider)
        .outerjoin(StatusList, StatusList.issuer_id == Provider.id)
        .outerjoin(counted, counted.c.issuer_id == Provider.id)
        .where(
            has_place,
            StatusList.signed_at.is_(None)
            | (StatusList.signed_at <= signed_before)
            | (StatusList.places != func.coalesce(counted.c.places, 0)),
        )
        .order_by(Provider.id)
    ).all()


def is_taken(db: Session, issuer_id: int, status_index: int) -> bool:
    """Say whether a place in a revocation list belongs to something, or once did."""
    return db.get(StatusPlace, (issuer_id, status_index)) is not None


def safe_keys_of(db: Session, issuer: Provider | None) -> list[IssuerKey]:
    """Return the keys whose signatures count, newest first: all but those in other hands."""
    return [key for key in keys_of(db, issuer) if key.compromised_at is None]


def safe_token_keys_of(db: Session, issuer: Provider) -> list[IssuerTokenKey]:
    """Return the RSA keys whose signatures count, newest first."""
    return [key for key in token_keys_of(db, issuer) if key.compromised_at is None]


def key_named(db: Session, name: str) -> IssuerKey | IssuerTokenKey | None:
    """Return a key by its address, `did:web:…:issuers:<slug>#…`; an Ed25519 key also by `z6Mk…`."""
    did, _separator, fragment = name.rpartition("#")
    key = db.scalar(select(IssuerKey).filter_by(multikey=fragment))
    if key is not None:
        return key
    slug = did.rpartition(":")[2]
    return db.scalar(
        select(IssuerTokenKey)
        .join(Provider, IssuerTokenKey.issuer_id == Provider.id)
        .where(Provider.slug == slug, IssuerTokenKey.name == fragment)
    )


def issuers_with_keys(db: Session) -> Sequence[Provider]:
    """Return every organisation that has signed anything, by name."""
    signing = select(IssuerKey.issuer_id).union(select(IssuerTokenKey.issuer_id))
    return db.scalars(
        select(Provider).where(Provider.id.in_(signing)).order_by(Provider.name)
    ).all()


def waiting_to_be_signed(db: Session, issuer_id: int | None = None) -> Sequence[int]:
    """Return the ids of badges that wait to be signed, of one issuer or of all.

    First those that were signed with a key that is no longer safe: their time runs out. The rest in
    any order, so that jobs that sign at once seldom meet at one badge.
    """
    waiting = (
        select(AchievementCredential.id)
        .where(
            AchievementCredential.signed_document.is_(None)
            | AchievementCredential.signed_token.is_(None),
            AchievementCredential.revoked_at.is_(None)
            | AchievementCredential.unsigned_since.is_not(None),
        )
        .order_by(AchievementCredential.unsigned_since, func.random())
    )
    if issuer_id is not None:
        waiting = waiting.filter_by(issuer_id=issuer_id)
    return db.scalars(waiting).all()


def _revoked_places() -> CompoundSelect:
    """Ask for the places in revocation lists of what was taken back, ended or erased."""
    taken_back = select(AchievementCredential.issuer_id, AchievementCredential.status_index).where(
        AchievementCredential.revoked_at.is_not(None)
    )
    ended = select(Endorsement.endorser_id, Endorsement.status_index).where(
        Endorsement.status_index.is_not(None), Endorsement.ended_at.is_not(None)
    )
    erased = select(StatusPlace.issuer_id, StatusPlace.status_index).filter_by(is_spent=True)
    return taken_back.union_all(ended, erased)


def _kept(db: Session, whose: ColumnElement[bool]) -> list[Kept]:
    found = (
        select(Achievement, _has_holders(), _was_given_on_one_day())
        .join(Achievement.issuer)
        .options(contains_eager(Achievement.issuer))
        .where(whose, is_newest())
        .order_by(Provider.name, Provider.id, Achievement.name, Achievement.id)
    )
    return [Kept(*row) for row in db.execute(found)]


def is_newest() -> ColumnElement[bool]:
    """Return the condition that no later version follows an `Achievement`."""
    later = aliased(Achievement)
    return (
        ~select(later.id).where(later.earlier_id == Achievement.id).correlate(Achievement).exists()
    )


def _has_holders() -> ColumnElement[bool]:
    return (
        select(AchievementCredential.id)
        .where(AchievementCredential.achievement_id == Achievement.id)
        .correlate(Achievement)
        .exists()
    )


def _was_given_on_one_day() -> ColumnElement[bool]:
    day = func.date(func.timezone(str(LONDON), AchievementCredential.awarded_at))
    return (
        select(and_(func.count() >= FEWEST_HOLDERS_TOLD, func.min(day) == func.max(day)))
        .where(
            AchievementCredential.achievement_id == Achievement.id,
            AchievementCredential.revoked_at.is_(None),
        )
        .correlate(Achievement)
        .scalar_subquery()
    )


def _keys(issuer: Provider | None) -> Select[IssuerKey]:
    return select(IssuerKey).where(IssuerKey.issuer_id == (issuer.id if issuer else None))


def _records() -> Select[LearnerRecord]:
    return select(LearnerRecord).options(joinedload(LearnerRecord.learner))


def _credentials():
    return select(AchievementCredential).options(
        joinedload(AchievementCredential.achievement).joinedload(Achievement.issuer),
        joinedload(AchievementCredential.issuer),
        joinedload(AchievementCredential.recipient),
    )
