"""What learners did elsewhere, as they say it, and what those who were there said of it."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, Id, PublicId
from badges.models import Skill
from opportunities.models import EncounterPoint
from providers.models import Provider


class LoggedKind(StrEnum):
    """What sort of thing it was."""

    ACTIVITY = "activity"
    VOLUNTEERING = "volunteering"
    WORK = "work"
    PROJECT = "project"
    COURSE = "course"


class LoggedActivity(Base):
    """Something that a learner did elsewhere, in their own words. It counts as what they say."""

    __tablename__ = "logged_activity"
    __table_args__ = (
        CheckConstraint("char_length(title) BETWEEN 1 AND 80", "title_short"),
        CheckConstraint("char_length(place) BETWEEN 1 AND 80", "place_short"),
        CheckConstraint("char_length(description) <= 300", "description_short"),
        CheckConstraint("minutes BETWEEN 5 AND 1440", "minutes_of_a_day"),
        CheckConstraint(
            "qualification_level IS NULL OR qualification_level BETWEEN 1 AND 8 AND kind = 'course'",
            "level_of_a_course",
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    kind: Mapped[LoggedKind] = mapped_column(default=LoggedKind.ACTIVITY, server_default="activity")
    title: Mapped[str]
    #: Where, in the learner's words. Only they and whom they ask read it.
    place: Mapped[str]
    #: What they did there, or what came of it.
    description: Mapped[str] = mapped_column(default="")
    #: The day in London.
    done_on: Mapped[date]
    minutes: Mapped[int]
    #: Of a course that leads to a qualification, as whoever offers it says: 1 to 8, as in England and Wales.
    qualification_level: Mapped[int | None] = mapped_column(SmallInteger)
    #: What they say they practised.
    skills: Mapped[list[Skill]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    logged_at: Mapped[datetime]

    learner: Mapped[User] = relationship()
    witnesses: Mapped[list["Witness"]] = relationship(
        back_populates="activity", order_by="Witness.id"
    )

    @property
    def place_key(self) -> str:
        """What tells its place from others, in whatever letters it was written."""
        # A few letters grow when they are made small.
        return self.place.lower()[:80]


class ProjectKind(StrEnum):
    """What a project is done for. Whoever gives a qualification for one says how it went, not we."""

    OWN = "own"
    #: A Higher Project Qualification.
    HIGHER = "higher"
    #: An Extended Project Qualification.
    EXTENDED = "extended"


class EntryKind(StrEnum):
    """What somebody writes down in the log of a project."""

    DID = "did"
    READ = "read"
    #: A meeting with whoever supervises it.
    MET = "met"
    #: A change of plan.
    CHANGED = "changed"


class Project(Base):
    """Something a learner sets out to do and follows through: brief, log, product, presentation, review.

    Where it stands is told by what is written. What somebody confirmed stays as they saw it until
    their word is ended: the trigger `seen_as_it_is` holds that too.
    """

    __tablename__ = "project"
    __table_args__ = (
        CheckConstraint("char_length(title) BETWEEN 1 AND 80", "title_short"),
        CheckConstraint("char_length(brief) <= 1500", "brief_short"),
        CheckConstraint("char_length(product) <= 1500", "product_short"),
        CheckConstraint("char_length(presentation) <= 1500", "presentation_short"),
        CheckConstraint("char_length(review) <= 1500", "review_short"),
        CheckConstraint("finished_on >= started_on", "finished_later"),
        CheckConstraint("cardinality(skills) <= 3", "few_skills"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), index=True)
    kind: Mapped[ProjectKind]
    title: Mapped[str]
    #: What they set out to do, and why.
    brief: Mapped[str] = mapped_column(default="", server_default="")
    #: What there is now.
    product: Mapped[str] = mapped_column(default="", server_default="")
    presentation_on: Mapped[date | None]
    #: To whom, and what they asked.
    presentation: Mapped[str] = mapped_column(default="", server_default="")
    #: Looking back.
    review: Mapped[str] = mapped_column(default="", server_default="")
    started_on: Mapped[date]
    finished_on: Mapped[date | None]
    #: What they say they practised.
    skills: Mapped[list[Skill]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    created_at: Mapped[datetime]

    learner: Mapped[User] = relationship()
    witnesses: Mapped[list["Witness"]] = relationship(
        back_populates="project", order_by="Witness.id"
    )


class ProjectEntry(Base):
    """One line in the log of a project. It is never changed: it can be taken out, and written anew."""

    __tablename__ = "project_entry"
    __table_args__ = (
        CheckConstraint("char_length(words) BETWEEN 1 AND 600", "words_short"),
        CheckConstraint("char_length(source) <= 200", "source_short"),
        CheckConstraint("minutes BETWEEN 5 AND 1440", "minutes_of_a_day"),
        Index("ix_project_entry_project_id_done_on", "project_id", "done_on", "id"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    project_id: Mapped[int] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    kind: Mapped[EntryKind]
    #: The day in London.
    done_on: Mapped[date]
    words: Mapped[str]
    #: Of what was read: the title of a book or a site, as they write it. Never a link.
    source: Mapped[str] = mapped_column(default="", server_default="")
    minutes: Mapped[int]
    logged_at: Mapped[datetime]

    project: Mapped[Project] = relationship()


class Witness(Base):
    """One person asked whether it was so, by a link that works once. They need no account.

    An adult says who they are. A friend says yes or no, and writes nothing; no friend is asked about
    a project.
    """

    __tablename__ = "witness"
    __table_args__ = (
        CheckConstraint("num_nonnulls(activity_id, project_id) = 1", "of_one_thing"),
        CheckConstraint("project_id IS NULL OR NOT is_friend", "project_seen_by_adult"),
        CheckConstraint("expires_at > asked_at", "expires_later"),
        CheckConstraint(
            "(answered_at IS NULL) = (was_so IS NULL) AND (name IS NULL) = (role IS NULL)"
            " AND (name IS NULL) = (answered_at IS NULL OR is_friend)",
            "answered_whole",
        ),
        CheckConstraint("char_length(name) BETWEEN 2 AND 80", "name_short"),
        CheckConstraint("char_length(role) BETWEEN 2 AND 80", "role_short"),
        # One adult and one friend are asked at a time, and none after a yes.
        Index(
            "uq_witness_open",
            "activity_id",
            "is_friend",
            unique=True,
            postgresql_where=text("ended_at IS NULL AND was_so IS NOT FALSE"),
        ),
        Index(
            "uq_witness_open_of_project",
            "project_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL AND was_so IS NOT FALSE"),
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    activity_id: Mapped[int | None] = mapped_column(
        ForeignKey(LoggedActivity.id, ondelete="CASCADE"), index=True
    )
    project_id: Mapped[int | None] = mapped_column(
        ForeignKey(Project.id, ondelete="CASCADE"), index=True
    )
    #: SHA-256 of the token in the address: the table alone opens nothing.
    token_hash: Mapped[str] = mapped_column(unique=True)
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    is_friend: Mapped[bool] = mapped_column(default=False, server_default="false")
    #: Taken back by the learner, run out when they asked anew, or about what was changed since.
    ended_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    was_so: Mapped[bool | None]
    #: Who says so, and how they know: a name and a role, as that adult wrote them.
    name: Mapped[str | None]
    role: Mapped[str | None]

    activity: Mapped[LoggedActivity | None] = relationship(back_populates="witnesses")
    project: Mapped[Project | None] = relationship(back_populates="witnesses")

    @property
    def about(self) -> LoggedActivity | Project:
        """What they are asked about."""
        about = self.activity or self.project
        assert about is not None
        return about


class Encounter(Base):
    """What a learner says of their days with one employer: what was good about them, and looking back.

    The employer is an organisation of ours, or a place as the learner wrote it in their log.
    """

    __tablename__ = "encounter"
    __table_args__ = (
        CheckConstraint("num_nonnulls(provider_id, place) = 1", "with_one_employer"),
        CheckConstraint("char_length(place) BETWEEN 1 AND 80", "place_short"),
        CheckConstraint("char_length(reflection) <= 600", "reflection_short"),
        UniqueConstraint("learner_id", "provider_id", "place", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[Id]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    provider_id: Mapped[int | None] = mapped_column(
        ForeignKey(Provider.id, ondelete="CASCADE"), index=True
    )
    #: In small letters, so that one place is one.
    place: Mapped[str | None]
    reflection: Mapped[str] = mapped_column(default="", server_default="")

    points: Mapped[list["PointSeen"]] = relationship(cascade="all, delete-orphan")


class PointSeen(Base):
    """One of the seven points of a good meeting with an employer that a learner saw, and what showed it."""

    __tablename__ = "point_seen"
    __table_args__ = (CheckConstraint("char_length(words) <= 200", "words_short"),)

    encounter_id: Mapped[int] = mapped_column(
        ForeignKey(Encounter.id, ondelete="CASCADE"), primary_key=True
    )
    point: Mapped[EncounterPoint] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(default="", server_default="")
