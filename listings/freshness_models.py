"""What is kept of the care for listings: when we asked whether one is still right."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from opportunities.models import Opportunity


class ListingQuestion(Base):
    """That we asked about a listing, once for each turn after it was last confirmed."""

    __tablename__ = "listing_question"
    __table_args__ = (CheckConstraint("turn IN (1, 2)", "twice_at_most"),)

    opportunity_id: Mapped[int] = mapped_column(
        ForeignKey(Opportunity.id, ondelete="CASCADE"), primary_key=True
    )
    #: When its provider had last confirmed it. Once it is confirmed again, the turns begin anew.
    checked_at: Mapped[datetime] = mapped_column(primary_key=True)
    turn: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    asked_at: Mapped[datetime]
