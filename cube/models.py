"""The released cube: what may be known of whom we reach, fixed when a period closes."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, CreatedAt, Id, PublicId
from app.terms import PeriodKind
from geo.models import City


class PrivacyBudget(Base):
    """How much of its learners' privacy a city is ready to spend in a school year.

    The database refuses a release that would spend more than is left.
    """

    __tablename__ = "privacy_budget"
    __table_args__ = (CheckConstraint("rho > 0 AND rho <= 4", "rho_in_bounds"),)

    city_id: Mapped[int] = mapped_column(ForeignKey(City.id, ondelete="CASCADE"), primary_key=True)
    #: Zero-concentrated differential privacy, for one school year.
    rho: Mapped[float]
    set_on: Mapped[date]


class ReachRelease(Base):
    """One closed period, published once. Never changed: the database refuses.

    What turns out to be wrong is released again, as the next version, with the reason.
    """

    __tablename__ = "reach_release"
    __table_args__ = (
        UniqueConstraint("city_id", "period", "version"),
        CheckConstraint("ends_on > starts_on", "period_order"),
        CheckConstraint("rho > 0", "privacy_is_spent"),
        CheckConstraint(
            "(version = 1) = (replaces_id IS NULL) AND (version = 1) = (reason = '')",
            "corrected_for_a_reason",
        ),
        CheckConstraint("version >= 1", "version_from_one"),
        # A version is corrected once: the next correction is of the correction.
        Index("uq_reach_release_replaces_id", "replaces_id", unique=True),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    city_id: Mapped[int] = mapped_column(ForeignKey(City.id))
    #: `2026-06`, `2026-summer` or `2025-to-2026`.
    period: Mapped[str]
    kind: Mapped[PeriodKind] = mapped_column(default=PeriodKind.TERM, server_default="term")
    starts_on: Mapped[date]
    #: The first day after the period.
    ends_on: Mapped[date]
    #: The first day of the school year whose budget it spends.
    school_year: Mapped[date]
    #: 1, or one more than what it corrects.
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("reach_release.id"))
    #: Why it was corrected, for whoever reads it; empty for a first version.
    reason: Mapped[str] = mapped_column(default="", server_default="")
    #: Which index of deprivation the deciles are from, and which population the rates are of.
    deprivation_edition: Mapped[str]
    population_source: Mapped[str]
    #: Tells one set of areas from another: the digest of their codes. Empty where nobody noted it.
    areas_digest: Mapped[str] = mapped_column(default="", server_default="")
    #: What this release spends of the privacy budget (zero-concentrated differential privacy).
    rho: Mapped[float]
    #: The host's signature of `cube.document.as_document`; empty where no secret was at hand.
    signature: Mapped[str] = mapped_column(default="", server_default="")
    released_at: Mapped[CreatedAt]

    tables: Mapped[list["ReachTable"]] = relationship(back_populates="release")

    @property
    def cells(self) -> list["ReachCell"]:
        return [cell for table in self.tables for cell in table.cells]


class ReachTable(Base):
    """One declared table of a release (`cube.tables`), and how its numbers were made safe."""

    __tablename__ = "reach_table"
    __table_args__ = (
        CheckConstraint("variance > 0", "noise_is_drawn"),
        CheckConstraint("smallest_shown > 0", "small_numbers_are_hidden"),
        CheckConstraint("most_cells > 0", "contribution_is_bounded"),
    )

    release_id: Mapped[int] = mapped_column(ForeignKey(ReachRelease.id), primary_key=True)
    table: Mapped[str] = mapped_column(primary_key=True)
    #: Of the noise, in learners squared.
    variance: Mapped[int]
    #: The smallest noisy count that is shown.
    smallest_shown: Mapped[int]
    #: How many cells of this table one learner can change.
    most_cells: Mapped[int]

    release: Mapped[ReachRelease] = relationship(back_populates="tables")
    cells: Mapped[list["ReachCell"]] = relationship(back_populates="of_table")


class ReachCell(Base):
    """One published number of a release."""

    __tablename__ = "reach_cell"
    __table_args__ = (
        ForeignKeyConstraint(
            ["release_id", "table"], ["reach_table.release_id", "reach_table.table"]
        ),
        CheckConstraint("learners >= 0", "learners_not_negative"),
        CheckConstraint("young_people >= 0", "young_people_not_negative"),
    )

    release_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    table: Mapped[str] = mapped_column(primary_key=True)
    #: The cell within it: an area code, a decile, an age band; several are joined by a colon.
    cell: Mapped[str] = mapped_column(primary_key=True)
    #: What people call the cell, where that is a name.
    label: Mapped[str]
    #: Different learners who came, with the noise in it. NULL is fewer than may be shown.
    learners: Mapped[int | None]
    #: How many people aged 11 to 24 live there: the base of the rate. NULL where it is not known.
    young_people: Mapped[int | None]
    #: 1 is the most deprived tenth. NULL where it does not apply.
    decile: Mapped[int | None]

    of_table: Mapped[ReachTable] = relationship(back_populates="cells")


class ReachCorrection(Base):
    """A correction that somebody asked for: a worker does it, since only a worker can sign."""

    __tablename__ = "reach_correction"
    __table_args__ = (
        CheckConstraint("reason <> ''", "has_a_reason"),
        CheckConstraint("NOT is_refused OR done_at IS NOT NULL", "refused_when_done"),
        Index(
            "uq_reach_correction_waiting",
            "city_id",
            "period",
            unique=True,
            postgresql_where=text("done_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    city_id: Mapped[int] = mapped_column(ForeignKey(City.id, ondelete="CASCADE"), index=True)
    #: As `ReachRelease.period` has it.
    period: Mapped[str]
    #: Why, for everyone who reads the numbers.
    reason: Mapped[str]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"))
    asked_at: Mapped[datetime]
    #: When a worker did it, or found that it cannot be done.
    done_at: Mapped[datetime | None]
    #: Whether the worker found too little of the budget left, or nothing to count.
    is_refused: Mapped[bool] = mapped_column(default=False, server_default=false())

    city: Mapped[City] = relationship()
    asked_by: Mapped[User | None] = relationship()

    @property
    def is_waiting(self) -> bool:
        return self.done_at is None
