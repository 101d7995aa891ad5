"""What a learner told of themselves, locked; and when answers were opened to be counted."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from accounts.models import User
from app.db import Base, Id


class EqualityAnswer(Base):
    """A learner's answers, locked with `EQUALITY_SECRET`, which the database never sees. No time stands here.

    The database keeps it only while its learner is of an age at which this is asked.
    """

    __tablename__ = "equality_answer"
    #: All have one length, so that it tells nothing.
    __table_args__ = (CheckConstraint("octet_length(sealed) = 50", "sealed_of_one_length"),)

    learner_id: Mapped[int] = mapped_column(
        ForeignKey(User.id, ondelete="CASCADE"), primary_key=True
    )
    sealed: Mapped[bytes]


class EqualityOpening(Base):
    """That answers were opened to be counted, once for each release. Never changed and never deleted."""

    __tablename__ = "equality_opening"

    id: Mapped[Id]
    #: The release that they were opened for.
    release: Mapped[str] = mapped_column(unique=True)
    opened_at: Mapped[datetime]
