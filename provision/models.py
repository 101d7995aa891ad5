"""How far young people travel in a city, where that differs from the usual."""

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from geo.models import City
from provision.lens import Mode

#: No shorter and no longer distance makes sense of a week's evening.
LEAST_METRES, MOST_METRES = 200, 60_000


class CatchmentDistance(Base):
    """How far a city takes its young people to travel by one mode; the usual where it says nothing."""

    __tablename__ = "catchment_distance"
    __table_args__ = (
        CheckConstraint(f"metres BETWEEN {LEAST_METRES} AND {MOST_METRES}", "metres_make_sense"),
    )

    city_id: Mapped[int] = mapped_column(ForeignKey(City.id, ondelete="CASCADE"), primary_key=True)
    mode: Mapped[Mode] = mapped_column(primary_key=True)
    #: As the crow flies.
    metres: Mapped[int]
