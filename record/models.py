"""How a learner's record is laid out, and what they chose about its lines."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from accounts.models import User
from app.db import Base, Id
from badges.models import Skill
from geo.models import City


class LineKind(StrEnum):
    """Where a line comes from."""

    #: An organisation confirmed that they came.
    CAME = "came"
    #: A badge that was not given just for coming.
    BADGE = "badge"
    #: A badge from elsewhere.
    IMPORTED = "imported"
    #: What they say they did elsewhere.
    LOGGED = "logged"
    #: A project of their own, with its log.
    PROJECT = "project"
    #: A line of a record that they kept at another site, as that site told it.
    BROUGHT = "brought"


class Sort(StrEnum):
    """What a line is, for the strand that takes it."""

    FOUNDATION = "foundation"
    SKILL = "skill"
    WORK = "work"
    VOLUNTEERING = "volunteering"
    PROJECT = "project"
    COURSE = "course"
    ELSEWHERE = "elsewhere"
    OTHER = "other"


class Rung(StrEnum):
    """Who says it: from one's own word up. It says how a line is known, never how well it was done."""

    SAID = "said"
    SEEN = "seen"
    CONFIRMED = "confirmed"
    OBSERVED = "observed"
    ENDORSED = "endorsed"


class RecordStrand(Base):
    """One of the strands of a record: a city's own, or everybody's where it has none."""

    __tablename__ = "record_strand"
    __table_args__ = (
        UniqueConstraint("city_id", "key", postgresql_nulls_not_distinct=True),
        UniqueConstraint("city_id", "position", postgresql_nulls_not_distinct=True),
        CheckConstraint("name <> '' AND name_cy <> ''", "named_in_both_languages"),
    )

    id: Mapped[Id]
    city_id: Mapped[int | None] = mapped_column(ForeignKey(City.id, ondelete="CASCADE"))
    key: Mapped[str]
    position: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[str]
    name_cy: Mapped[str]
    #: What belongs here, in a sentence.
    about: Mapped[str]
    about_cy: Mapped[str]
    #: Which sorts of lines it takes, unless the learner puts one elsewhere.
    takes: Mapped[list[Sort]] = mapped_column(ARRAY(Text))

    def name_in(self, language: str) -> str:
        return self.name_cy if language == "cy" else self.name

    def about_in(self, language: str) -> str:
        return self.about_cy if language == "cy" else self.about


class SufficiencyRule(Base):
    """How much a city asks for before a record says something about a skill."""

    __tablename__ = "sufficiency_rule"
    __table_args__ = (
        CheckConstraint("points >= contexts AND points >= people", "points_at_least"),
        CheckConstraint("contexts >= 1 AND people >= 1", "of_somebody_somewhere"),
    )

    city_id: Mapped[int] = mapped_column(ForeignKey(City.id, ondelete="CASCADE"), primary_key=True)
    points: Mapped[int]
    contexts: Mapped[int]
    people: Mapped[int]


class BroughtLine(Base):
    """A line that a learner brought from another site, as it stood there. Written only by `portable`.

    No service here confirms it: it says who did, according to whom.
    """

    __tablename__ = "brought_line"
    __table_args__ = (
        CheckConstraint("char_length(title) BETWEEN 1 AND 120", "title_short"),
        CheckConstraint("char_length(who) <= 170", "who_short"),
        CheckConstraint("char_length(host) BETWEEN 1 AND 253", "of_a_host"),
        CheckConstraint("minutes BETWEEN 1 AND 100000", "minutes_positive"),
        CheckConstraint("rung <> 'endorsed'", "endorsed_by_nobody"),
        # On its own word alone a host confirms nothing.
        CheckConstraint("is_trusted OR rung = 'said'", "believed_of_known_hosts"),
        CheckConstraint("rung = 'said' OR who <> ''", "confirmed_by_someone"),
        Index("ix_brought_line_learner_id", "learner_id"),
    )

    id: Mapped[Id]
    #: Made of where it comes from, so that bringing it twice makes it once.
    uuid: Mapped[UUID] = mapped_column(unique=True)
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    #: The site that says so.
    host: Mapped[str]
    #: Whether it signed what it says, and we know it.
    is_trusted: Mapped[bool]
    at: Mapped[datetime]
    title: Mapped[str]
    #: The organisation or the adult that confirmed it, as that site names them; "" for nobody.
    who: Mapped[str] = mapped_column(default="")
    minutes: Mapped[int | None]
    skills: Mapped[list[Skill]] = mapped_column(ARRAY(Text), default=list)
    sort: Mapped[Sort]
    rung: Mapped[Rung]
    brought_at: Mapped[datetime]


class LineChoice(Base):
    """What a learner chose about one line. Where there is no row, it is shown, and counts."""

    __tablename__ = "line_choice"

    learner_id: Mapped[int] = mapped_column(
        ForeignKey(User.id, ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[LineKind] = mapped_column(primary_key=True)
    #: Of what the line comes from.
    uuid: Mapped[UUID] = mapped_column(primary_key=True)
    #: Kept in the record, and shown to nobody else.
    is_hidden: Mapped[bool] = mapped_column(default=False)
    #: Whether it counts as something that shows a skill.
    counts: Mapped[bool] = mapped_column(default=True)
    #: The strand that they put it in; empty where they left it where it fell.
    strand_key: Mapped[str | None]
