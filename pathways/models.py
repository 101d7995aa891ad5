"""Pathways in their versions, the steps of each, and who set out on one."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.addresses import host_of
from app.db import Base, CreatedAt, Id, PublicId
from badges.models import Achievement
from opportunities.models import Opportunity
from providers.models import Provider

MOST_STEPS = 12
MOST_ITEMS = 10
MOST_HOURS = 600
TITLE_LENGTH = 80
DESCRIPTION_LENGTH = 3_000
WORDS_LENGTH = 600
MOST_ADVERTS = 6
ADDRESS_LENGTH = 500
#: Nobody advertises for longer.
MOST_DAYS_SHOWN = 366


class StepKind(StrEnum):
    """What a step asks for."""

    #: So many of its things, whichever they are.
    ANY_OF = "any_of"
    #: So many hours that organisers confirmed.
    HOURS = "hours"
    #: The learner's own words.
    EVIDENCE = "evidence"


class Pathway(Base):
    """One version of a way to a goal, set by an organisation.

    What it asks stays as it is from when somebody sets out on it: the trigger `started_for_good`
    holds that of this row, its steps and their items. What is published is whole, and the badge at
    its end is of the organisation itself: triggers hold that too.
    """

    __tablename__ = "pathway"
    __table_args__ = (
        UniqueConstraint("slug", "version"),
        CheckConstraint("version >= 1", "version_from_one"),
        CheckConstraint("(earlier_id IS NULL) = (version = 1)", "earlier_than_all_but_the_first"),
        CheckConstraint("min_age >= 5 AND max_age <= 25 AND min_age <= max_age", "age_range"),
        CheckConstraint(f"char_length(title) BETWEEN 1 AND {TITLE_LENGTH}", "title_short"),
        CheckConstraint(f"char_length(description) <= {DESCRIPTION_LENGTH}", "description_short"),
        CheckConstraint("ended_at IS NULL OR published_at IS NOT NULL", "ended_once_published"),
        # One version of a pathway is open to whoever wants to set out.
        Index(
            "uq_pathway_open",
            "slug",
            unique=True,
            postgresql_where=text("published_at IS NOT NULL AND ended_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    #: Readable, the same for all versions.
    slug: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    #: The version that this one came from, which nothing else comes from.
    earlier_id: Mapped[int | None] = mapped_column(ForeignKey("pathway.id"), unique=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey(Provider.id), index=True)
    title: Mapped[str]
    #: Where it leads, in the organisation's words.
    description: Mapped[str] = mapped_column(default="")
    #: For whom it is meant, both inclusive. It keeps nobody out.
    min_age: Mapped[int]
    max_age: Mapped[int]
    #: The badge that whoever has done all of it is given, if any.
    achievement_id: Mapped[int | None] = mapped_column(ForeignKey(Achievement.id), index=True)
    created_at: Mapped[CreatedAt]
    published_at: Mapped[datetime | None]
    #: From when nobody sets out on it any more. Whoever has, may finish.
    ended_at: Mapped[datetime | None]

    provider: Mapped[Provider] = relationship()
    achievement: Mapped[Achievement | None] = relationship()
    steps: Mapped[list["PathwayStep"]] = relationship(
        order_by="PathwayStep.position",
        cascade="all, delete-orphan",
        passive_deletes=True,
        back_populates="pathway",
    )

    @property
    def is_open(self) -> bool:
        """Whether somebody may set out on it."""
        return self.published_at is not None and self.ended_at is None


class PathwayStep(Base):
    """One step. Steps are numbered to be told apart: they may be done in any order."""

    __tablename__ = "pathway_step"
    __table_args__ = (
        # For the words that are kept of it: step and start are of the same pathway.
        UniqueConstraint("id", "pathway_id"),
        UniqueConstraint("pathway_id", "position"),
        CheckConstraint(f"position BETWEEN 1 AND {MOST_STEPS}", "twelve_at_most"),
        CheckConstraint(f"char_length(title) BETWEEN 1 AND {TITLE_LENGTH}", "title_short"),
        CheckConstraint("(kind = 'any_of') = (needed IS NOT NULL)", "how_many_of_which"),
        CheckConstraint(f"needed BETWEEN 1 AND {MOST_ITEMS}", "needed_bounds"),
        CheckConstraint("(kind = 'hours') = (hours IS NOT NULL)", "how_many_hours"),
        CheckConstraint(f"hours BETWEEN 1 AND {MOST_HOURS}", "hours_bounds"),
    )

    id: Mapped[Id]
    pathway_id: Mapped[int] = mapped_column(ForeignKey(Pathway.id, ondelete="CASCADE"))
    position: Mapped[int]
    title: Mapped[str]
    kind: Mapped[StepKind]
    #: So many of its items have to be done; empty where the step asks for something else.
    needed: Mapped[int | None]
    #: So many hours; empty where the step asks for something else.
    hours: Mapped[int | None]

    pathway: Mapped[Pathway] = relationship(back_populates="steps")
    items: Mapped[list["StepItem"]] = relationship(
        order_by="StepItem.position",
        cascade="all, delete-orphan",
        passive_deletes=True,
        back_populates="step",
    )


class StepItem(Base):
    """One thing that counts for a step: coming to an opportunity, or holding a badge."""

    __tablename__ = "pathway_step_item"
    __table_args__ = (
        UniqueConstraint("step_id", "opportunity_id"),
        UniqueConstraint("step_id", "achievement_id"),
        CheckConstraint(f"position BETWEEN 1 AND {MOST_ITEMS}", "ten_at_most"),
        CheckConstraint("(opportunity_id IS NULL) <> (achievement_id IS NULL)", "one_thing"),
    )

    step_id: Mapped[int] = mapped_column(
        ForeignKey(PathwayStep.id, ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    opportunity_id: Mapped[int | None] = mapped_column(ForeignKey(Opportunity.id), index=True)
    achievement_id: Mapped[int | None] = mapped_column(ForeignKey(Achievement.id), index=True)

    step: Mapped[PathwayStep] = relationship(back_populates="items")
    opportunity: Mapped[Opportunity | None] = relationship()
    achievement: Mapped[Achievement | None] = relationship()


class PathwayStart(Base):
    """That a learner set out on one version of a pathway: theirs alone to know.

    How far they are is kept nowhere: it follows from what they did, see `progress`.
    """

    __tablename__ = "pathway_start"
    __table_args__ = (
        UniqueConstraint("learner_id", "pathway_id"),
        UniqueConstraint("id", "pathway_id"),
        CheckConstraint("left_at >= started_at", "left_after_start"),
    )

    id: Mapped[Id]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    pathway_id: Mapped[int] = mapped_column(ForeignKey(Pathway.id), index=True)
    started_at: Mapped[datetime]
    #: When they stopped, or went over to another version; setting out again empties it.
    left_at: Mapped[datetime | None]
    #: When finishing this, and nothing else, gave the badge: only then does undoing it take it back.
    gave_badge_at: Mapped[datetime | None]

    learner: Mapped[User] = relationship()
    pathway: Mapped[Pathway] = relationship()


class StepWords(Base):
    """What a learner wrote for a step that asks for their own words. Nobody else reads it."""

    __tablename__ = "pathway_step_words"
    __table_args__ = (
        ForeignKeyConstraint(
            ["start_id", "pathway_id"],
            [PathwayStart.id, PathwayStart.pathway_id],
            ondelete="CASCADE",
            name="fk_pathway_step_words_start",
        ),
        ForeignKeyConstraint(
            ["step_id", "pathway_id"],
            [PathwayStep.id, PathwayStep.pathway_id],
            ondelete="CASCADE",
            name="fk_pathway_step_words_step",
        ),
        CheckConstraint(f"char_length(words) BETWEEN 1 AND {WORDS_LENGTH}", "words_short"),
        Index("ix_pathway_step_words_step_id", "step_id"),
    )

    start_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    step_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    #: Of both: what is written for a step stands with a start on its pathway.
    pathway_id: Mapped[int] = mapped_column(BigInteger)
    words: Mapped[str]
    written_at: Mapped[datetime]


class PathwayAdvert(Base):
    """A job or an apprenticeship that somebody advertises elsewhere, where a pathway can lead.

    It is of all versions of its pathway, and so of the first: what a pathway asks stays as it is,
    and adverts come and go.
    """

    __tablename__ = "pathway_advert"
    __table_args__ = (
        ForeignKeyConstraint(
            ["slug", "version"],
            [Pathway.slug, Pathway.version],
            ondelete="CASCADE",
            name="fk_pathway_advert_pathway",
        ),
        UniqueConstraint("slug", "position"),
        UniqueConstraint("slug", "address"),
        CheckConstraint("version = 1", "of_all_versions"),
        CheckConstraint(f"position BETWEEN 1 AND {MOST_ADVERTS}", "six_at_most"),
        CheckConstraint(f"char_length(title) BETWEEN 1 AND {TITLE_LENGTH}", "title_short"),
        CheckConstraint(f"char_length(offered_by) BETWEEN 1 AND {TITLE_LENGTH}", "who_short"),
        CheckConstraint(
            f"address LIKE 'https://%' AND char_length(address) <= {ADDRESS_LENGTH}",
            "address_is_https",
        ),
        CheckConstraint(
            f"closes_on BETWEEN added_on AND added_on + {MOST_DAYS_SHOWN}", "closes_within_a_year"
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    #: Of the pathway, whose first version stands for all of them.
    slug: Mapped[str]
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    #: They are numbered so that there are six at most. They are shown by when they close.
    position: Mapped[int]
    title: Mapped[str]
    #: Who takes people on, in the words of whoever added it.
    offered_by: Mapped[str]
    #: Nobody here ever opens it.
    address: Mapped[str]
    #: The days in London: the last on which it is shown, and the one on which it was added.
    closes_on: Mapped[date]
    added_on: Mapped[date]

    @property
    def domain(self) -> str:
        """Return whose page it leads to."""
        return host_of(self.address)
