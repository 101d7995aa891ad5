"""What people chose to show, to be given and to keep."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, CreatedAt, Id, PublicId
from geo.models import City
from opportunities.models import Opportunity


class SuggestionChoice(Base):
    """Whether a learner wants to be given ideas. Where there is no row, they do not."""

    __tablename__ = "suggestion_choice"
    __table_args__ = (
        CheckConstraint("free_days <@ ARRAY[1, 2, 3, 4, 5, 6, 7]::smallint[]", "days_of_the_week"),
    )

    learner_id: Mapped[int] = mapped_column(
        ForeignKey(User.id, ondelete="CASCADE"), primary_key=True
    )
    is_on: Mapped[bool] = mapped_column(default=False)
    #: When they are free: days of the week, 1 is Monday. Empty where they did not say.
    free_days: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger), default=list)
    #: Only in the evening.
    free_evenings: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime]


class SavedSearch(Base):
    """A search that someone keeps to ask again. Only they see it."""

    __tablename__ = "saved_search"
    __table_args__ = (CheckConstraint("char_length(name) BETWEEN 1 AND 60", "name_short"),)

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    owner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    #: The city whose page was searched, if it was one.
    city_id: Mapped[int | None] = mapped_column(ForeignKey(City.id, ondelete="CASCADE"))
    #: The query string as `opportunities.schemas.Asked` writes it: an area at most, no place.
    query: Mapped[str]
    #: In the owner's own words, or as it was suggested.
    name: Mapped[str]
    #: Whether what is new is said on the weekly page.
    wants_digest: Mapped[bool] = mapped_column(default=False)
    #: What was published later is new.
    last_seen_at: Mapped[datetime]
    created_at: Mapped[CreatedAt]

    city: Mapped[City | None] = relationship()


class KeptOpportunity(Base):
    """Something that someone keeps to do later. Only they see it."""

    __tablename__ = "kept_opportunity"

    owner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    opportunity_id: Mapped[int] = mapped_column(
        ForeignKey(Opportunity.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    kept_at: Mapped[datetime]

    opportunity: Mapped[Opportunity] = relationship()
