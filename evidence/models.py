"""What learners show: their own words, and pictures, sound, film and files, made anew."""

from datetime import date, datetime
from enum import StrEnum
from urllib.parse import urlsplit

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from app.db import Base, Id, PublicId
from badges.models import AchievementCredential, Skill
from evidence.remaking.findings import Reason
from logbook.models import LoggedActivity
from participation.models import Booking

TITLE_LENGTH = SOURCE_LENGTH = 80
WORDS_LENGTH, TRANSCRIPT_LENGTH = 4000, 20_000
ALT_LENGTH = 500
LINK_LENGTH = 500


class Kind(StrEnum):
    """How something is shown."""

    WORDS = "words"
    PHOTO = "photo"
    AUDIO = "audio"
    VIDEO = "video"
    LINK = "link"
    FILE = "file"
    #: What somebody saw the learner do, as the learner passes it on.
    OBSERVATION = "observation"
    #: What somebody elsewhere said or gave: an examination, a club, a competition.
    RESULT = "result"


#: These come as files.
FILE_KINDS = (Kind.PHOTO, Kind.AUDIO, Kind.VIDEO, Kind.FILE)
#: In these a learner speaks.
SPOKEN_KINDS = (Kind.AUDIO, Kind.VIDEO)


class State(StrEnum):
    """Where it stands with what came as a file. What is words is ready at once."""

    WAITING = "waiting"
    READY = "ready"
    REFUSED = "refused"


class Size(StrEnum):
    """In which size a file is kept. The addresses carry these."""

    FULL = "full"
    #: A small picture.
    THUMB = "thumb"


class EvidencePiece(Base):
    """One thing that a learner shows, for themselves alone until a room above lets somebody see it.

    (`badges.models.Evidence` is another thing: what was shown when a badge was asked for.)
    """

    __tablename__ = "evidence_piece"
    __table_args__ = (
        CheckConstraint(f"char_length(title) BETWEEN 1 AND {TITLE_LENGTH}", "title_short"),
        CheckConstraint(f"char_length(words) <= {WORDS_LENGTH}", "words_short"),
        CheckConstraint(f"char_length(alt_text) <= {ALT_LENGTH}", "alt_text_short"),
        CheckConstraint(f"char_length(transcript) <= {TRANSCRIPT_LENGTH}", "transcript_short"),
        CheckConstraint(f"char_length(source) <= {SOURCE_LENGTH}", "source_short"),
        CheckConstraint(
            f"(kind = 'link') = (link <> '') AND char_length(link) <= {LINK_LENGTH}"
            " AND (link = '' OR link LIKE 'https://%')",
            "link_is_https",
        ),
        CheckConstraint("kind NOT IN ('words', 'observation') OR words <> ''", "words_are_there"),
        CheckConstraint(
            "kind IN ('photo', 'audio', 'video', 'file') OR state = 'ready'", "words_are_ready"
        ),
        CheckConstraint("(state = 'refused') = (reason IS NOT NULL)", "refused_for_a_reason"),
        CheckConstraint(
            "num_nonnulls(booking_id, logged_activity_id, credential_id) <= 1", "belongs_once"
        ),
        CheckConstraint("NOT (is_shared AND is_try)", "no_try_is_shared"),
        CheckConstraint(
            "NOT is_hello OR (kind IN ('audio', 'video') AND state = 'ready')", "hello_is_spoken"
        ),
        CheckConstraint("follows_id <> id", "follows_another"),
        # What a try follows is followed once.
        Index("uq_evidence_piece_follows", "follows_id", unique=True),
        # A learner says hello once.
        Index(
            "uq_evidence_piece_hello",
            "learner_id",
            unique=True,
            postgresql_where=text("is_hello"),
        ),
        Index("ix_evidence_piece_newest", "learner_id", "made_at", "id"),
        Index(
            "ix_evidence_piece_waiting",
            "made_at",
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    kind: Mapped[Kind]
    title: Mapped[str]
    #: What the learner says of it, or what it is where it is words.
    words: Mapped[str] = mapped_column(default="")
    #: What one sees in a picture, for those who do not see it.
    alt_text: Mapped[str] = mapped_column(default="")
    #: What is said in sound or film, for those who do not hear it.
    transcript: Mapped[str] = mapped_column(default="")
    #: Who saw or said it, as the learner writes it: of an observation, or of a result.
    source: Mapped[str] = mapped_column(default="")
    link: Mapped[str] = mapped_column(default="")
    #: The day in London.
    happened_on: Mapped[date]
    skills: Mapped[list[Skill]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    state: Mapped[State]
    reason: Mapped[Reason | None]
    #: What it belongs with, if anything: a session that they had a place on, something they logged,
    #: or a badge. The database refuses what is another learner's.
    booking_id: Mapped[int | None] = mapped_column(
        ForeignKey(Booking.id, ondelete="SET NULL"), index=True
    )
    logged_activity_id: Mapped[int | None] = mapped_column(
        ForeignKey(LoggedActivity.id, ondelete="SET NULL"), index=True
    )
    credential_id: Mapped[int | None] = mapped_column(
        ForeignKey(AchievementCredential.id, ondelete="SET NULL"), index=True
    )
    #: Kept for the learner alone: nobody else is ever shown it.
    is_try: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    #: Whether the adults whom its learner lets see evidence may see it.
    is_shared: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    #: Whether it stands at the top of the learner's own profile. It lets nobody else see it.
    is_hello: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    #: The try before this one, which this one stands for from now on.
    follows_id: Mapped[int | None] = mapped_column(
        ForeignKey("evidence_piece.id", ondelete="SET NULL")
    )
    made_at: Mapped[datetime]

    learner: Mapped[User] = relationship()
    booking: Mapped[Booking | None] = relationship()
    logged_activity: Mapped[LoggedActivity | None] = relationship()
    credential: Mapped[AchievementCredential | None] = relationship()
    renditions: Mapped[list["Rendition"]] = relationship(
        back_populates="piece", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def domain(self) -> str:
        """Return whose page a link leads to."""
        return urlsplit(self.link).hostname or ""

    def rendition(self, size: Size) -> "Rendition | None":
        """Return what is kept of it in a size, if anything is."""
        return next((each for each in self.renditions if each.size is size), None)

    @property
    def full(self) -> "Rendition | None":
        return self.rendition(Size.FULL)

    @property
    def thumb(self) -> "Rendition | None":
        return self.rendition(Size.THUMB)


class Rendition(Base):
    """One size in which a file is kept, in the store, made by us."""

    __tablename__ = "evidence_rendition"
    __table_args__ = (
        CheckConstraint("bytes > 0", "has_content"),
        CheckConstraint("width > 0 AND height > 0 AND seconds > 0", "is_something"),
    )

    piece_id: Mapped[int] = mapped_column(
        ForeignKey(EvidencePiece.id, ondelete="CASCADE"), primary_key=True
    )
    size: Mapped[Size] = mapped_column(primary_key=True)
    content_type: Mapped[str]
    bytes: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    seconds: Mapped[int | None]

    piece: Mapped[EvidencePiece] = relationship(back_populates="renditions")


class Upload(Base):
    """A file on its way in. Its bytes lie in a folder until it is made anew, and are never served.

    How much has come is how large its file is, and is written nowhere else.
    """

    __tablename__ = "evidence_upload"
    __table_args__ = (
        CheckConstraint("length > 0", "has_content"),
        CheckConstraint("expires_at > started_at", "expires_later"),
        Index("ix_evidence_upload_lately", "learner_id", "started_at"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    learner_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    #: How many bytes there will be.
    length: Mapped[int]
    #: By what the sender knows the file again. It says nothing of its name.
    mark: Mapped[str]
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    #: What it became, or will.
    piece_id: Mapped[int | None] = mapped_column(
        ForeignKey(EvidencePiece.id, ondelete="SET NULL"), unique=True
    )
    #: When it was handed over to become a piece, or given up. Its file is then no longer added to.
    closed_at: Mapped[datetime | None]

    learner: Mapped[User] = relationship()
    piece: Mapped[EvidencePiece | None] = relationship()
