"""People who sign in, and the ways they do."""

import secrets
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from flask_login import UserMixin
from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, CreatedAt, Id, PublicId
from app.language import current_language
from geo.models import Area, City, Region


class Role(StrEnum):
    LEARNER = "learner"
    GUARDIAN = "guardian"
    SUPPORTER = "supporter"
    PROVIDER_STAFF = "provider_staff"
    PROVIDER_ADMIN = "provider_admin"
    AUTHORITY_OFFICER = "authority_officer"
    CITY_ADMIN = "city_admin"
    PLATFORM_ADMIN = "platform_admin"


class AgeBand(StrEnum):
    """How old a learner is, no finer than the rules need."""

    FROM_11_TO_12 = "11-12"
    FROM_13_TO_15 = "13-15"
    FROM_16_TO_17 = "16-17"
    FROM_18_TO_24 = "18-24"
    #: What was begun here stays with its learner for life. Nobody begins at this age.
    FROM_25 = "25+"

    @property
    def ages(self) -> tuple[int, int]:
        """Return the youngest and the oldest age of the band, both inclusive."""
        youngest, _, oldest = self.value.removesuffix("+").partition("-")
        return int(youngest), int(oldest or _OLDEST)

    @property
    def is_adult(self) -> bool:
        return self in ADULT_BANDS


#: Older than anybody is.
_OLDEST = 120
#: The ages that this is made for, and that are counted.
YOUNG_BANDS = tuple(band for band in AgeBand if band is not AgeBand.FROM_25)
ADULT_BANDS = (AgeBand.FROM_18_TO_24, AgeBand.FROM_25)


def new_session_key() -> str:
    return secrets.token_urlsafe(24)


class User(Base, UserMixin):
    """Someone who can sign in."""

    __tablename__ = "user_account"
    __table_args__ = (
        CheckConstraint(
            "(role = 'learner') = (pass_code IS NOT NULL AND pin_hash IS NOT NULL "
            "AND age_band IS NOT NULL AND home_lsoa_code IS NOT NULL)",
            "learner_has_a_pass",
        ),
        CheckConstraint("role = 'learner' OR email IS NOT NULL", "adult_has_an_email"),
        CheckConstraint("email = lower(email)", "email_is_lower_case"),
        CheckConstraint("language IN ('en', 'cy')", "reads_a_language"),
        CheckConstraint("num_nonnulls(city_id, region_id) <= 1", "city_or_region"),
        CheckConstraint(
            "region_id IS NULL OR role IN ('authority_officer', 'city_admin')",
            "region_has_officers_alone",
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    role: Mapped[Role]
    #: The name they use. For a learner a first name is enough, and it need not be an official one.
    name: Mapped[str]
    #: Adults only. Kept in lower case.
    email: Mapped[str | None] = mapped_column(unique=True)
    #: `en` or `cy`: how we write to them. At first that of the page on which they signed up.
    language: Mapped[str] = mapped_column(default=current_language, server_default="en")
    #: Argon2. An adult without one signs in by link until they choose a password.
    password_hash: Mapped[str | None]
    #: Where an officer or city admin works.
    city_id: Mapped[int | None] = mapped_column(ForeignKey(City.id))
    #: Where they work for several cities together: instead of a city, never beside one.
    region_id: Mapped[int | None] = mapped_column(ForeignKey(Region.id))
    #: Learners only: what the pass says, in capitals and digits that cannot be mistaken.
    pass_code: Mapped[str | None] = mapped_column(unique=True)
    #: Argon2.
    pin_hash: Mapped[str | None]
    age_band: Mapped[AgeBand | None]
    #: Where a learner lives, no finer than the statistical area: never a postcode or an address.
    home_lsoa_code: Mapped[str | None] = mapped_column(ForeignKey(Area.lsoa_code))
    #: Whom this person's badges are about: random, so that a badge names nobody.
    subject_uuid: Mapped[UUID] = mapped_column(default=uuid4, unique=True)
    #: What a signed-in browser holds. Changing it signs the person out everywhere, at once.
    session_key: Mapped[str] = mapped_column(default=new_session_key, unique=True)
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]

    city: Mapped[City | None] = relationship()
    region: Mapped[Region | None] = relationship()

    def get_id(self) -> str:
        """Return what Flask-Login keeps in the cookie."""
        return self.session_key

    @property
    def is_active(self) -> bool:
        return self.disabled_at is None


class LearnerNumber(Base):
    """A learner's Unique Learner Number, where they linked it: theirs alone to show. Never another number."""

    __tablename__ = "learner_number"
    __table_args__ = (CheckConstraint("uln ~ '^[1-9][0-9]{9}$'", "ten_digits"),)

    learner_id: Mapped[int] = mapped_column(
        ForeignKey(User.id, ondelete="CASCADE"), primary_key=True
    )
    uln: Mapped[str]
    linked_at: Mapped[datetime]


class SignInLink(Base):
    """A one-use address that signs its holder in."""

    __tablename__ = "sign_in_link"

    #: SHA-256 of the token: the table alone opens no door.
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class SignInAttempt(Base):
    """How often one account or one device has tried to sign in within the running window."""

    __tablename__ = "sign_in_attempt"

    #: A keyed hash of the account name or of the device's address: neither is kept.
    key: Mapped[str] = mapped_column(primary_key=True)
    window_started_at: Mapped[datetime]
    attempts: Mapped[int]
