"""The released cube: what may be known of whom we reach, fixed when a period closes."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, CreatedAt, Id, PublicId
from geo.models import City


class ReachRelease(Base):
    """One closed period, published once. Never changed: the database refuses."""

    __tablename__ = "reach_release"
    __table_args__ = (
        UniqueConstraint("city_id", "period"),
        CheckConstraint("ends_on > starts_on", "period_order"),
        CheckConstraint("sigma > 0", "noise_is_drawn"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    city_id: Mapped[int] = mapped_column(ForeignKey(City.id))
    #: `2026-summer`: the school year's terms, by the year they fall in.
    period: Mapped[str]
    starts_on: Mapped[date]
    #: The first day after the period.
    ends_on: Mapped[date]
    #: Which index of deprivation the deciles are from, and which population the rates are of.
    deprivation_edition: Mapped[str]
    population_source: Mapped[str]
    #: Standard deviation of the noise, in learners, and the smallest noisy count that is shown.
    sigma: Mapped[float]
    smallest_shown: Mapped[int]
    #: What this release spends of the privacy budget (zero-concentrated differential privacy).
    rho: Mapped[float]
    released_at: Mapped[CreatedAt]

    cells: Mapped[list["ReachCell"]] = relationship(back_populates="release")


class ReachCell(Base):
    """One published number of a release."""

    __tablename__ = "reach_cell"
    __table_args__ = (
        CheckConstraint("learners >= 0", "learners_not_negative"),
        CheckConstraint("young_people >= 0", "young_people_not_negative"),
    )

    release_id: Mapped[int] = mapped_column(ForeignKey(ReachRelease.id), primary_key=True)
    #: Which declared table (`reach.tables`) the cell belongs to: `city`, `decile`, `area`, …
    table: Mapped[str] = mapped_column(primary_key=True)
    #: The cell within it: an area code, a decile, an age band.
    cell: Mapped[str] = mapped_column(primary_key=True)
    #: What people call the cell.
    label: Mapped[str]
    #: Different learners who came, with the noise in it. NULL is fewer than may be shown.
    learners: Mapped[int | None]
    #: How many people aged 11 to 24 live there: the base of the rate. NULL where it is not known.
    young_people: Mapped[int | None]
    #: 1 is the most deprived tenth. NULL where it does not apply.
    decile: Mapped[int | None]

    release: Mapped[ReachRelease] = relationship(back_populates="cells")
