"""Achievements, the credentials that say someone reached them, and issuers' keys (Open Badges 3.0)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, CreatedAt, Id, PublicId
from badges.openbadges import STATUS_LIST_LENGTH
from providers.models import Provider

#: Why a badge was taken back: shown to its learner, and said in words by `wording`.
NOT_SIGNED_ANEW = "The key that signed this badge is no longer safe, and signing it again failed."


class Strand(StrEnum):
    """What a badge is about, told by its shape as well as its colour."""

    CREATE = "create"
    EXPLORE = "explore"
    HELP = "help"
    WORK = "work"


class Skill(StrEnum):
    """Four foundations, and the eight essential skills that schools and employers name alike."""

    LITERACY = "literacy"
    NUMERACY = "numeracy"
    ORACY = "oracy"
    DIGITAL = "digital"

    LISTENING = "listening"
    SPEAKING = "speaking"
    PROBLEM_SOLVING = "problem_solving"
    CREATIVITY = "creativity"
    ADAPTING = "adapting"
    PLANNING = "planning"
    LEADERSHIP = "leadership"
    TEAMWORK = "teamwork"

    @property
    def is_foundation(self) -> bool:
        return self in (Skill.LITERACY, Skill.NUMERACY, Skill.ORACY, Skill.DIGITAL)


class AchievementKind(StrEnum):
    """What a badge can say: that someone took part, or that somebody watched what they did."""

    PARTICIPATION = "participation"
    COMPETENCY = "competency"


class Framework(Base):
    """Somebody's published list of skills or aims, in one edition."""

    __tablename__ = "framework"
    __table_args__ = (
        UniqueConstraint("code", "version"),
        CheckConstraint("url LIKE 'http%'", "has_publisher"),
    )

    id: Mapped[Id]
    #: Short, and the same for each edition: `esco`.
    code: Mapped[str]
    version: Mapped[str]
    name: Mapped[str]
    #: Of whoever publishes it.
    url: Mapped[str]


class FrameworkEntry(Base):
    """One line of a framework."""

    __tablename__ = "framework_entry"
    __table_args__ = (UniqueConstraint("framework_id", "code"),)

    id: Mapped[Id]
    framework_id: Mapped[int] = mapped_column(ForeignKey(Framework.id, ondelete="CASCADE"))
    code: Mapped[str]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="", server_default="")
    #: Its own address, where its publisher gives it one; else it is known by ours.
    url: Mapped[str] = mapped_column(default="", server_default="")

    framework: Mapped[Framework] = relationship(lazy="joined", innerjoin=True)


class Achievement(Base):
    """What a badge stands for: defined once by its issuer, awarded many times.

    Once somebody has earned it, it stays as it is (the database refuses): a next version says it anew.
    """

    __tablename__ = "achievement"
    __table_args__ = (
        CheckConstraint("level BETWEEN 1 AND 4", "level_range"),
        CheckConstraint("language IN ('en', 'cy')", "language_known"),
        CheckConstraint(
            "version >= 1 AND (version = 1) = (earlier_id IS NULL)", "later_versions_follow"
        ),
        UniqueConstraint("slug", "version"),
        # For what is about a badge and its issuer alike: the two cannot disagree.
        UniqueConstraint("id", "issuer_id"),
    )

    id: Mapped[Id]
    #: The same for all its versions.
    slug: Mapped[str]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    #: The version before. Unique, so that each has one next version.
    earlier_id: Mapped[int | None] = mapped_column(ForeignKey("achievement.id"), unique=True)
    issuer_id: Mapped[int] = mapped_column(ForeignKey(Provider.id), index=True)
    name: Mapped[str]
    description: Mapped[str]
    #: What someone has to do to earn it, in words a learner understands.
    criteria: Mapped[str]
    kind: Mapped[AchievementKind] = mapped_column(
        default=AchievementKind.PARTICIPATION, server_default="participation"
    )
    #: In which it is written: `en` or `cy`.
    language: Mapped[str] = mapped_column(default="en", server_default="en")
    strand: Mapped[Strand]
    #: 1 Engage, 2 Participate, 3 Demonstrate, 4 Lead: what was asked, never how well it was done.
    level: Mapped[int] = mapped_column(default=1)
    icon: Mapped[str] = mapped_column(default="award")
    #: What one practises on the way to it.
    skills: Mapped[list[Skill]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    #: What the one who watches looks at ("How the pot was made"); empty where there is nothing to say.
    rubric: Mapped[str] = mapped_column(default="", server_default="")
    #: Whether someone can ask for it, with words about what they did. Says nothing in the badge.
    takes_requests: Mapped[bool] = mapped_column(default=False, server_default="false")
    created_at: Mapped[CreatedAt]

    issuer: Mapped[Provider] = relationship()
    #: The words to choose from for what was seen.
    rubric_levels: Mapped[list["RubricLevel"]] = relationship(order_by="RubricLevel.position")
    #: What it corresponds to in published frameworks.
    alignments: Mapped[list[FrameworkEntry]] = relationship(
        secondary="achievement_alignment", order_by=FrameworkEntry.id
    )


class AchievementAlignment(Base):
    """A badge corresponds to a line of a framework."""

    __tablename__ = "achievement_alignment"

    achievement_id: Mapped[int] = mapped_column(
        ForeignKey(Achievement.id, ondelete="CASCADE"), primary_key=True
    )
    entry_id: Mapped[int] = mapped_column(
        ForeignKey(FrameworkEntry.id), primary_key=True, index=True
    )


class RubricLevel(Base):
    """One way in which something can be done, in words; the words stand in the badge."""

    __tablename__ = "rubric_level"
    __table_args__ = (
        CheckConstraint("position BETWEEN 1 AND 6", "few_to_choose_from"),
        UniqueConstraint("achievement_id", "position"),
        UniqueConstraint("id", "achievement_id"),
    )

    id: Mapped[Id]
    achievement_id: Mapped[int] = mapped_column(ForeignKey(Achievement.id, ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str]


class IssuerKey(Base):
    """An issuer's signing key, or the host's own. A retired key still verifies what it signed."""

    __tablename__ = "issuer_key"
    __table_args__ = (
        Index(
            "uq_issuer_key_current",
            "issuer_id",
            unique=True,
            postgresql_where=text("retired_at IS NULL"),
        ),
        # To the index above two keys of nobody's are two different issuers'.
        Index(
            "uq_issuer_key_host",
            text("(issuer_id IS NULL)"),
            unique=True,
            postgresql_where=text("issuer_id IS NULL AND retired_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    #: Empty for the host itself, which signs learners' records.
    issuer_id: Mapped[int | None] = mapped_column(ForeignKey(Provider.id, ondelete="CASCADE"))
    #: Public half, multibase (`z6Mk…`); also the key's fragment in the issuer's DID document.
    multikey: Mapped[str] = mapped_column(unique=True)
    #: Private half, encrypted with the setting KEYS_SECRET, which the database never sees.
    encrypted_private_key: Mapped[bytes]
    created_at: Mapped[CreatedAt]
    retired_at: Mapped[datetime | None]
    #: Since when it may be in other hands. What it signed counts no more.
    compromised_at: Mapped[datetime | None]


class IssuerTokenKey(Base):
    """An issuer's RSA key, for badges downloaded as JWT: some validators know no newer kind."""

    __tablename__ = "issuer_token_key"
    __table_args__ = (
        UniqueConstraint("issuer_id", "name"),
        Index(
            "uq_issuer_token_key_current",
            "issuer_id",
            unique=True,
            postgresql_where=text("retired_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    issuer_id: Mapped[int] = mapped_column(ForeignKey(Provider.id, ondelete="CASCADE"))
    #: Its fragment in the issuer's DID document, `rsa-2026`.
    name: Mapped[str]
    #: Public half, as a JWK.
    public_jwk: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: Private half, encrypted with the setting KEYS_SECRET, which the database never sees.
    encrypted_private_key: Mapped[bytes]
    created_at: Mapped[CreatedAt]
    retired_at: Mapped[datetime | None]
    #: Since when it may be in other hands. What it signed counts no more.
    compromised_at: Mapped[datetime | None]


class SignaturePurpose(StrEnum):
    """What a signature was made for."""

    BADGE = "badge"
    BADGE_TOKEN = "badge_token"
    STATUS_LIST = "status_list"
    STATUS_LIST_TOKEN = "status_list_token"
    RECORD = "record"
    ENDORSEMENT = "endorsement"
    #: The list of what is in all that a learner takes along.
    BUNDLE = "bundle"


class LoggedSignature(Base):
    """One line of the log of signatures, chained to the line before. The database refuses to change it.

    It holds digests and names no badge, so it says nothing of who earned what, and may be kept when
    the badge is erased. `badges.log` says how they are made.
    """

    __tablename__ = "logged_signature"

    #: From 1, without a gap.
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    #: SHA-256 of the address of the badge or list that was signed.
    credential: Mapped[str]
    #: SHA-256 of what was signed, with its signature.
    digest: Mapped[str] = mapped_column(unique=True)
    #: The key's address in the issuer's DID document.
    key: Mapped[str]
    purpose: Mapped[SignaturePurpose]
    signed_at: Mapped[datetime]
    #: The hash of the line before. Unique, so that the chain has one end.
    previous: Mapped[str] = mapped_column(unique=True)
    hash: Mapped[str] = mapped_column(unique=True)


class StatusPlace(Base):
    """A place in an issuer's revocation list: one badge's or one endorsement's, and never another's.

    Written by the database itself, whatever inserts or deletes what has the place. So a badge and
    an endorsement can share none, and the place of what was erased is given to nobody else.
    """

    __tablename__ = "status_place"

    issuer_id: Mapped[int] = mapped_column(
        ForeignKey(Provider.id, ondelete="CASCADE"), primary_key=True
    )
    status_index: Mapped[int] = mapped_column(primary_key=True)
    #: Whether what it belonged to was erased. It says "taken back" for good.
    is_spent: Mapped[bool]


class StatusList(Base):
    """An issuer's signed list of what was taken back, as the site hands it out. A worker writes it."""

    __tablename__ = "status_list"
    __table_args__ = (CheckConstraint("valid_until > signed_at", "lasts"),)

    issuer_id: Mapped[int] = mapped_column(
        ForeignKey(Provider.id, ondelete="CASCADE"), primary_key=True
    )
    #: A `BitstringStatusListCredential`.
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: The same as a compact JWS.
    token: Mapped[str]
    #: How many places in it say "taken back", and the digest of which: where they differ, it is due.
    places: Mapped[int]
    contents: Mapped[str]
    signed_at: Mapped[datetime]
    valid_until: Mapped[datetime]


class TrustedIssuer(Base):
    """An issuer elsewhere that whoever runs this site has looked at, and knows."""

    __tablename__ = "trusted_issuer"

    id: Mapped[Id]
    #: Its id as it stands in badges: `did:web:…` or an https address. Never a name.
    issuer_id: Mapped[str] = mapped_column(unique=True)
    #: Who it is, in the words of whoever put it here.
    name: Mapped[str]
    created_at: Mapped[CreatedAt]


class AchievementCredential(Base):
    """One learner's badge (Open Badges 2.0 called it an `Assertion`)."""

    __tablename__ = "achievement_credential"
    __table_args__ = (
        ForeignKeyConstraint(
            ["seen_id", "achievement_id"], [RubricLevel.id, RubricLevel.achievement_id]
        ),
        UniqueConstraint("achievement_id", "recipient_id"),
        UniqueConstraint("issuer_id", "status_index"),
        CheckConstraint(
            f"status_index BETWEEN 0 AND {STATUS_LIST_LENGTH - 1}", "status_index_range"
        ),
        CheckConstraint(
            "unsigned_since IS NULL OR signed_document IS NULL", "unsigned_until_signed"
        ),
        CheckConstraint("signed_token IS NULL OR signed_document IS NOT NULL", "token_of_document"),
        Index(
            "ix_achievement_credential_unsigned",
            "issuer_id",
            postgresql_where=text("signed_document IS NULL OR signed_token IS NULL"),
        ),
        Index(
            "ix_achievement_credential_revoked",
            "issuer_id",
            "status_index",
            postgresql_where=text("revoked_at IS NOT NULL"),
        ),
        CheckConstraint(
            "(revoked_at IS NULL) = (revocation_reason IS NULL)", "revoked_for_a_reason"
        ),
        CheckConstraint("source_id <> issuer_id", "source_is_another"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    achievement_id: Mapped[int] = mapped_column(ForeignKey(Achievement.id))
    issuer_id: Mapped[int] = mapped_column(ForeignKey(Provider.id))
    #: On whose word it was given, where that is an organisation that belongs to the issuer.
    source_id: Mapped[int | None] = mapped_column(ForeignKey(Provider.id))
    recipient_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    #: Why it was awarded, for whoever checks it. Names nobody.
    evidence: Mapped[str]
    #: What it stands by: `attendance`, `rule:7`, `asked`, … When the last of them goes, so does it.
    grounds: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    #: What the one who assessed it saw, in words; empty where nobody did.
    narrative: Mapped[str] = mapped_column(default="", server_default="")
    #: Which of the badge's own words fit what was seen.
    seen_id: Mapped[int | None] = mapped_column(BigInteger)
    activity_started_at: Mapped[datetime]
    activity_ended_at: Mapped[datetime]
    awarded_at: Mapped[datetime]
    #: When it was last issued again under the same address, corrected or signed with another key.
    reissued_at: Mapped[datetime | None]
    #: Where this badge stands in its issuer's revocation list: random, never reused.
    status_index: Mapped[int]
    #: The signed Open Badges 3.0 document, written once for each edition by a worker. Empty until then.
    signed_document: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    #: The same as a compact JWS (VC-JWT).
    signed_token: Mapped[str | None]
    #: Since when a worker is to sign it anew, because the key that signed it is no longer safe.
    unsigned_since: Mapped[datetime | None]
    #: Whether anyone with the badge's address may see it. The learner decides; private by default.
    is_public: Mapped[bool] = mapped_column(default=False)
    revoked_at: Mapped[datetime | None]
    revocation_reason: Mapped[str | None]

    achievement: Mapped[Achievement] = relationship()
    issuer: Mapped[Provider] = relationship(foreign_keys=issuer_id)
    source: Mapped[Provider | None] = relationship(foreign_keys=source_id)
    recipient: Mapped[User] = relationship()
    shown: Mapped["Evidence | None"] = relationship(viewonly=True)
    seen: Mapped[RubricLevel | None] = relationship(
        primaryjoin="AchievementCredential.seen_id == RubricLevel.id",
        foreign_keys="AchievementCredential.seen_id",
        viewonly=True,
    )

    @property
    def was_refused(self) -> bool:
        """Whether somebody took it back although it stood by something: that is theirs to undo."""
        return self.revoked_at is not None and bool(self.grounds)

    @property
    def issued_at(self) -> datetime:
        """When this edition was issued: what a badge calls `validFrom`."""
        return self.reissued_at or self.awarded_at

    @property
    def is_being_signed(self) -> bool:
        """Whether a worker is to sign it: there is no file of it yet, or not of each kind."""
        is_whole = self.signed_document is not None and self.signed_token is not None
        return not is_whole and (self.revoked_at is None or self.unsigned_since is not None)

    @property
    def is_signed_no_more(self) -> bool:
        """Whether it was taken back, and no file of it counts: there is nothing left to sign."""
        is_unsigned = self.signed_document is None and self.unsigned_since is None
        return self.revoked_at is not None and is_unsigned


class EndorsementEnd(StrEnum):
    """How it came that something is asked or said no more."""

    #: The one that was asked said no.
    DECLINED = "declined"
    #: The one that asked took its question back.
    TAKEN_BACK = "taken_back"
    #: The one it is about does not want it shown.
    NOT_WANTED = "not_wanted"
    #: The one that said it says it no more.
    WITHDRAWN = "withdrawn"
    #: An officer of the council took it down.
    TAKEN_DOWN = "taken_down"


class Endorsement(Base):
    """What one organisation says for another: for one badge of it, or for itself.

    It is asked for or offered, given in words, accepted, and may end. Signed and shown only once
    both have said yes: the one that gives it, and the one that it is about.
    """

    __tablename__ = "endorsement"
    __table_args__ = (
        ForeignKeyConstraint(
            ["achievement_id", "issuer_id"],
            [Achievement.id, Achievement.issuer_id],
            ondelete="CASCADE",
        ),
        CheckConstraint("endorser_id <> issuer_id", "of_two"),
        CheckConstraint(
            "num_nonnulls(asked_at, asked_by_id) <> 1 AND num_nonnulls(given_at, given_by_id) <> 1",
            "by_somebody",
        ),
        CheckConstraint("num_nonnulls(asked_at, given_at) > 0", "asked_or_given"),
        CheckConstraint("(given_at IS NULL) = (comment = '')", "given_in_words"),
        CheckConstraint("char_length(comment) <= 300 AND char_length(message) <= 300", "short"),
        CheckConstraint("accepted_at IS NULL OR given_at IS NOT NULL", "given_before_accepted"),
        CheckConstraint("(accepted_at IS NULL) = (status_index IS NULL)", "accepted_has_a_place"),
        CheckConstraint(
            "signed_document IS NULL OR accepted_at IS NOT NULL", "accepted_before_signed"
        ),
        CheckConstraint("(ended_at IS NULL) = (ending IS NULL)", "ended_in_a_way"),
        CheckConstraint(
            f"status_index BETWEEN 0 AND {STATUS_LIST_LENGTH - 1}", "status_index_range"
        ),
        # That the two do not belong together, and that words stay, is in migration 0029.
        Index(
            "uq_endorsement_badge",
            "endorser_id",
            "achievement_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL AND achievement_id IS NOT NULL"),
        ),
        Index(
            "uq_endorsement_organisation",
            "endorser_id",
            "issuer_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL AND achievement_id IS NULL"),
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    #: Who says it.
    endorser_id: Mapped[int] = mapped_column(
        ForeignKey(Provider.id, ondelete="CASCADE"), index=True
    )
    #: For whom it is said, or for whose badge.
    issuer_id: Mapped[int] = mapped_column(ForeignKey(Provider.id, ondelete="CASCADE"), index=True)
    #: The badge; empty where it is said for the organisation itself.
    achievement_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    #: Who asked for it, in the name of the issuer; empty where nobody did.
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    asked_at: Mapped[datetime | None]
    #: What whoever asked wrote to the one that was asked.
    message: Mapped[str] = mapped_column(default="")
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    given_at: Mapped[datetime | None]
    #: What is said, for everyone to read.
    comment: Mapped[str] = mapped_column(default="")
    #: Since when both had said yes.
    accepted_at: Mapped[datetime | None]
    #: When it was last signed anew under the same address, with another key.
    reissued_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ending: Mapped[EndorsementEnd | None]
    #: Where it stands in its endorser's revocation list: random, never reused.
    status_index: Mapped[int | None]
    #: The signed `EndorsementCredential`. Empty while it waits to be signed anew.
    signed_document: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    endorser: Mapped[Provider] = relationship(foreign_keys=endorser_id)
    issuer: Mapped[Provider] = relationship(foreign_keys=issuer_id)
    achievement: Mapped[Achievement | None] = relationship(
        primaryjoin=lambda: Endorsement.achievement_id == Achievement.id,
        foreign_keys=achievement_id,
        viewonly=True,
    )

    @property
    def subject_name(self) -> str:
        """What it is about: the badge's name, or the organisation's."""
        return self.achievement.name if self.achievement else self.issuer.name

    @property
    def issued_at(self) -> datetime | None:
        """When this edition was issued: what an endorsement calls `validFrom`."""
        return self.reissued_at or self.accepted_at


class Evidence(Base):
    """What a learner showed for a badge, at an address that opens only while they let it.

    The badge names the address. Whoever has the badge can read there what was shown until a time that
    the learner sets, and nothing before or after.
    """

    __tablename__ = "evidence"
    __table_args__ = (CheckConstraint("words <> ''", "says_something"),)

    credential_id: Mapped[int] = mapped_column(
        ForeignKey(AchievementCredential.id, ondelete="CASCADE"), primary_key=True
    )
    #: Random: the address is known from the badge alone.
    uuid: Mapped[PublicId]
    words: Mapped[str]
    open_until: Mapped[datetime | None]


class LearnerRecord(Base):
    """A learner's badges as one signed file (CLR 2.0). Each learner has one, from when they first ask.

    Only its signature is kept here: the badges are kept as what they are, and stand in it whole.
    """

    __tablename__ = "learner_record"
    __table_args__ = (
        CheckConstraint("(contents IS NULL) = (proof IS NULL)", "signed_for_its_contents"),
        CheckConstraint("proof IS NULL OR issued_at IS NOT NULL", "signed_on_a_date"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), unique=True)
    #: Whether anyone with its address may see it. The learner decides; private by default.
    is_public: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[CreatedAt]
    #: When the edition that stands was put together: what a record calls `validFrom`.
    issued_at: Mapped[datetime | None]
    #: The digest of what that edition says, its date left out. Where it differs, another is due.
    contents: Mapped[str | None]
    #: The signature of that edition.
    proof: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))

    learner: Mapped[User] = relationship()
