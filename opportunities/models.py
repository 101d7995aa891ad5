"""What a provider offers, and the dated sessions of it."""

from datetime import date, datetime
from enum import StrEnum

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, CreatedAt, Id, PublicId
from badges.models import Achievement, Strand
from geo.models import Area, City, Place
from providers.models import Provider

FUND_NAME_LENGTH = 80
#: No place costs more than ten thousand pounds.
MOST_PENCE_A_PLACE = 1_000_000


class OpportunityKind(StrEnum):
    ENRICHMENT = "enrichment"
    WORK_EXPERIENCE = "work_experience"
    VOLUNTEERING = "volunteering"


class Category(StrEnum):
    """The five categories of the DfE Enrichment Framework (June 2026)."""

    CIVIC = "civic"
    ARTS_AND_CULTURE = "arts_and_culture"
    NATURE_AND_ADVENTURE = "nature_and_adventure"
    SPORT = "sport"
    LIFE_SKILLS = "life_skills"


#: The strand of something that earns no badge, so that its pin still has a shape.
STRANDS = {
    Category.CIVIC: Strand.HELP,
    Category.ARTS_AND_CULTURE: Strand.CREATE,
    Category.NATURE_AND_ADVENTURE: Strand.EXPLORE,
    Category.SPORT: Strand.EXPLORE,
    Category.LIFE_SKILLS: Strand.WORK,
}


class Welcome(StrEnum):
    """Signals of welcome and access that a provider may give."""

    NEW_PEOPLE = "new_people"
    QUIET_SPACE = "quiet_space"
    SIGN_LANGUAGE = "sign_language"
    TRAVEL_PAID = "travel_paid"
    FOOD = "food"


class AttendanceMode(StrEnum):
    """Where one takes part (OpenActive and schema.org: `eventAttendanceMode`)."""

    IN_PERSON = "in_person"
    ONLINE = "online"
    MIXED = "mixed"


class OpportunityStatus(StrEnum):
    """Where a listing stands. That it has no dates to come is asked of its sessions, never kept."""

    #: Something is still missing, or an officer sent it back.
    DRAFT = "draft"
    #: An officer looks at it first.
    REVIEW = "review"
    PUBLISHED = "published"
    #: Hidden by its provider until it says otherwise.
    PAUSED = "paused"
    #: Cancelled for good.
    WITHDRAWN = "withdrawn"


class EncounterPoint(StrEnum):
    """What makes meeting an employer worth a young person's day: the seven points of a good one."""

    PURPOSE = "purpose"
    OUTCOMES = "outcomes"
    TWO_WAY = "two_way"
    PEOPLE = "people"
    REAL_TASK = "real_task"
    FEEDBACK = "feedback"
    REFLECTION = "reflection"


class ReportReason(StrEnum):
    """What someone found wrong with a listing."""

    CLOSED = "closed"
    TIME = "time"
    PLACE = "place"
    COST_OR_AGE = "cost_or_age"
    SAFETY = "safety"
    OTHER = "other"


class Opportunity(Base):
    """Something a young person can do at a place (OpenActive: a `SessionSeries`)."""

    __tablename__ = "opportunity"
    __table_args__ = (
        CheckConstraint("min_age >= 5 AND max_age <= 25 AND min_age <= max_age", "age_range"),
        CheckConstraint("cost_pence >= 0", "cost_not_negative"),
        CheckConstraint("status <> 'published' OR published_at IS NOT NULL", "published_on_a_day"),
        CheckConstraint(
            "(suits_min_age IS NULL OR suits_min_age BETWEEN min_age AND max_age) "
            "AND (suits_max_age IS NULL OR suits_max_age BETWEEN min_age AND max_age) "
            "AND suits_min_age <= suits_max_age",
            "suits_within_ages",
        ),
        CheckConstraint("cardinality(questions) <= 3", "three_questions"),
        CheckConstraint("booking_opens_days BETWEEN 1 AND 365", "opens_within_a_year"),
        CheckConstraint("booking_closes_hours BETWEEN 1 AND 336", "closes_within_two_weeks"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    #: Readable, and ends in random letters, so that it is nobody else's.
    slug: Mapped[str] = mapped_column(unique=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey(Provider.id), index=True)
    place_id: Mapped[int] = mapped_column(ForeignKey(Place.id), index=True)
    #: The badge that attending earns, if any.
    achievement_id: Mapped[int | None] = mapped_column(ForeignKey(Achievement.id), index=True)
    title: Mapped[str]
    #: What a young person will do there, in the provider's words.
    description: Mapped[str]
    kind: Mapped[OpportunityKind]
    category: Mapped[Category]
    #: Enforced, both inclusive.
    min_age: Mapped[int]
    max_age: Mapped[int]
    #: For whom it is meant, within the ages that may come; empty where that is all of them.
    suits_min_age: Mapped[int | None]
    suits_max_age: Mapped[int | None]
    mode: Mapped[AttendanceMode] = mapped_column(
        default=AttendanceMode.IN_PERSON, server_default="in_person"
    )
    cost_pence: Mapped[int] = mapped_column(default=0)
    #: How someone who cannot pay is helped, in the provider's words; empty where nobody said.
    cost_help: Mapped[str] = mapped_column(default="", server_default="")
    #: Whether names are kept for places that come free.
    has_waiting_list: Mapped[bool] = mapped_column(default=False, server_default="false")
    #: How long before a session booking opens and closes; empty: at once, and until it starts.
    booking_opens_days: Mapped[int | None]
    booking_closes_hours: Mapped[int | None]
    #: Whether a place is given at once; otherwise the provider is asked, and answers.
    is_instant: Mapped[bool] = mapped_column(default=True, server_default="true")
    #: What those who book are asked, for the provider's own planning.
    questions: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    welcome: Mapped[list[Welcome]] = mapped_column(ARRAY(Text), default=list)
    status: Mapped[OpportunityStatus] = mapped_column(default=OpportunityStatus.DRAFT)
    created_at: Mapped[CreatedAt]
    published_at: Mapped[datetime | None]
    #: When the provider last said that this is still right.
    checked_at: Mapped[datetime]
    provider: Mapped[Provider] = relationship()
    place: Mapped[Place] = relationship()
    achievement: Mapped[Achievement | None] = relationship()
    #: What only work experience and volunteering have to say.
    placement: Mapped["Placement | None"] = relationship(
        back_populates="opportunity", cascade="all, delete-orphan"
    )


class Placement(Base):
    """What work experience or a volunteering role is made of, in the provider's words."""

    __tablename__ = "placement"
    __table_args__ = (
        CheckConstraint("hours_total BETWEEN 1 AND 600", "hours_in_all"),
        CheckConstraint("hours_a_week BETWEEN 1 AND 40", "hours_in_a_week"),
    )

    opportunity_id: Mapped[int] = mapped_column(
        ForeignKey(Opportunity.id, ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[str] = mapped_column(default="")
    hours_total: Mapped[int | None]
    hours_a_week: Mapped[int | None]
    tasks: Mapped[str] = mapped_column(default="")
    #: What one can do afterwards.
    outcomes: Mapped[str] = mapped_column(default="")
    #: Which expenses are paid; empty where none are.
    expenses: Mapped[str] = mapped_column(default="")
    #: Each `EncounterPoint` that is true of it, with what the provider says of it, perhaps nothing.
    points: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    #: Until when the employers' liability insurance holds; empty until they said that it does.
    insured_until: Mapped[date | None]
    #: When the risks were last assessed with young people in mind; empty until they said so.
    risks_assessed_on: Mapped[date | None]

    opportunity: Mapped[Opportunity] = relationship(back_populates="placement")


class ScheduledSession(Base):
    """One dated sitting of an `Opportunity`, with a number of places."""

    __tablename__ = "scheduled_session"
    __table_args__ = (
        CheckConstraint("remaining_capacity BETWEEN 0 AND maximum_capacity", "capacity"),
        CheckConstraint(
            "kept_capacity BETWEEN 0 AND maximum_capacity - remaining_capacity", "kept_capacity"
        ),
        CheckConstraint("kept_capacity * 2 <= maximum_capacity", "kept_at_most_half"),
        CheckConstraint("kept_capacity = 0 OR kept_until IS NOT NULL", "kept_until_a_time"),
        CheckConstraint("ends_at > starts_at", "ends_after_start"),
        Index("ix_scheduled_session_opportunity_id_starts_at", "opportunity_id", "starts_at"),
        Index("ix_scheduled_session_starts_at", "starts_at", "opportunity_id"),
        Index(
            "ix_scheduled_session_kept_until",
            "kept_until",
            postgresql_where=text("kept_until IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    opportunity_id: Mapped[int] = mapped_column(ForeignKey(Opportunity.id))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    maximum_capacity: Mapped[int]
    #: It will not be held. Nobody had booked it, or they were told.
    cancelled_at: Mapped[datetime | None]
    #: Places that anyone may still book. Written only by `participation`, under a row lock.
    remaining_capacity: Mapped[int]
    #: And those that are kept for a group for now: see `participation.kept_places`, which alone
    #: writes this. No page and no feed tells of them.
    kept_capacity: Mapped[int] = mapped_column(default=0, server_default="0")
    #: Until when places are kept here, and no name on the register is shown; empty where none are.
    kept_until: Mapped[datetime | None]

    opportunity: Mapped[Opportunity] = relationship()

    @property
    def is_booked(self) -> bool:
        """Whether anybody has one of the places."""
        return self.remaining_capacity + self.kept_capacity < self.maximum_capacity

    def set_places(self, places: int) -> None:
        """Say how many places there are, of a session that nobody has booked and that is held."""
        self.maximum_capacity = self.remaining_capacity = places
        # What is kept of them is said anew by whoever next holds the session.
        self.kept_capacity = 0

    @property
    def duration_minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


class OpportunityOrigin(Base):
    """Where an opportunity came from that its provider did not type here. Written by `sources`."""

    __tablename__ = "opportunity_origin"
    __table_args__ = (
        CheckConstraint("source_url = '' OR source_url ~* '^https?://'", "web_address"),
    )

    opportunity_id: Mapped[int] = mapped_column(
        ForeignKey(Opportunity.id, ondelete="CASCADE"), primary_key=True
    )
    #: What people call the list that it stood in.
    source_name: Mapped[str]
    #: Its own page there, or where the list is; empty where there is none.
    source_url: Mapped[str] = mapped_column(default="")
    #: The address of the licence, or its name; empty where none was said.
    licence: Mapped[str] = mapped_column(default="")

    opportunity: Mapped[Opportunity] = relationship()


class ListingReport(Base):
    """What someone said is wrong with a listing. Of whoever said it, nothing is kept."""

    __tablename__ = "listing_report"
    __table_args__ = (
        CheckConstraint("char_length(words) <= 300", "words_short"),
        # What officers look at is what is still open.
        Index(
            "ix_listing_report_open",
            "opportunity_id",
            "reason",
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    opportunity_id: Mapped[int] = mapped_column(
        ForeignKey(Opportunity.id, ondelete="CASCADE"), index=True
    )
    reason: Mapped[ReportReason]
    #: As they were typed; empty where none were.
    words: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime]
    #: When an officer said that it is dealt with.
    closed_at: Mapped[datetime | None]

    opportunity: Mapped[Opportunity] = relationship()


class Wish(Base):
    """What someone wished there was where a search found nothing. Of whoever wished, nothing is kept."""

    __tablename__ = "wish"
    __table_args__ = (
        CheckConstraint("char_length(words) <= 60", "words_short"),
        CheckConstraint("category IS NOT NULL OR words <> ''", "wishes_something"),
        # No finer time: a day would say who was at the computer.
        CheckConstraint("extract(day FROM month) = 1", "no_day"),
        # However often it is sent, the same wish from one area counts once in a month: the same
        # words, case and spaces aside, or the same category where there are none.
        Index(
            "uq_wish_words",
            "city_id",
            text("coalesce(lsoa_code, '')"),
            text("replace(lower(words), ' ', '')"),
            "month",
            unique=True,
            postgresql_where=text("words <> ''"),
        ),
        Index(
            "uq_wish_category",
            "city_id",
            text("coalesce(lsoa_code, '')"),
            "category",
            "month",
            unique=True,
            postgresql_where=text("words = ''"),
        ),
        Index("ix_wish_city_id_month", "city_id", "month"),
    )

    id: Mapped[Id]
    #: Whose officers may count it.
    city_id: Mapped[int] = mapped_column(ForeignKey(City.id, ondelete="CASCADE"))
    #: Around where; empty where the search had no area. An area that is taken out takes its wishes
    #: along: without it, two of them could be the same.
    lsoa_code: Mapped[str | None] = mapped_column(
        ForeignKey(Area.lsoa_code, ondelete="CASCADE"), index=True
    )
    category: Mapped[Category | None]
    #: As they were typed; empty where none were.
    words: Mapped[str] = mapped_column(default="")
    #: The first day of the month in which it was wished.
    month: Mapped[date]


class Fund(Base):
    """Money of a city that pays for places for a time, such as a premium for electives."""

    __tablename__ = "fund"
    __table_args__ = (
        # For the listings that it pays for, which keep its days beside them.
        UniqueConstraint("id", "starts_on", "ends_on"),
        UniqueConstraint("city_id", "name"),
        CheckConstraint(
            f"char_length(name) BETWEEN 1 AND {FUND_NAME_LENGTH} AND name = btrim(name)",
            "name_short",
        ),
        CheckConstraint("ends_on >= starts_on", "ends_after_start"),
    )

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    city_id: Mapped[int] = mapped_column(ForeignKey(City.id, ondelete="CASCADE"))
    #: As everyone reads it on what it pays for.
    name: Mapped[str]
    #: The first and the last day in London of the sessions that it pays for.
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    made_at: Mapped[datetime]

    city: Mapped[City] = relationship()


class FundedListing(Base):
    """That a fund pays for the places of an opportunity, and what for each.

    One fund at most pays for a session: the periods of those that pay for one opportunity do not
    meet. Fund and opportunity are of one city, which the trigger `fund_of_own_city` holds.
    """

    __tablename__ = "funded_listing"
    __table_args__ = (
        ForeignKeyConstraint(
            ["fund_id", "starts_on", "ends_on"],
            [Fund.id, Fund.starts_on, Fund.ends_on],
            ondelete="CASCADE",
            onupdate="CASCADE",
            name="fk_funded_listing_fund",
        ),
        ExcludeConstraint(
            ("opportunity_id", "="),
            (text("daterange(starts_on, ends_on, '[]')"), "&&"),
            name="ex_funded_listing_one_at_a_time",
            using="gist",
        ),
        CheckConstraint(f"pence_a_place BETWEEN 1 AND {MOST_PENCE_A_PLACE}", "paid_something"),
    )

    fund_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    opportunity_id: Mapped[int] = mapped_column(
        ForeignKey(Opportunity.id, ondelete="CASCADE"), primary_key=True
    )
    #: The days of the fund, which follow it.
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    #: For one place on one session.
    pence_a_place: Mapped[int]
    chosen_at: Mapped[datetime]

    fund: Mapped[Fund] = relationship()
    opportunity: Mapped[Opportunity] = relationship()


class OpportunitySearch(Base):
    """What the search reads: one narrow row for each opportunity that can be found.

    Nobody writes it but the database's own triggers, in the transaction that changes what it says
    (migration 0004). The searches of `opportunities.queries` are written in SQL, on these columns.
    """

    __tablename__ = "opportunity_search"
    __table_args__ = (
        Index("ix_opportunity_search_near", "spot", "min_age", "max_age", postgresql_using="gist"),
        Index(
            "ix_opportunity_search_near_free",
            "spot",
            "min_age",
            "max_age",
            postgresql_using="gist",
            postgresql_where=text("is_free"),
        ),
        Index("ix_opportunity_search_box", "mercator", postgresql_using="gist"),
        Index("ix_opportunity_search_words", "words", postgresql_using="gin"),
        # What a map of the whole country asks of a row stands in the index (migration 0005).
        Index(
            "ix_opportunity_search_quadkey",
            "quadkey",
            postgresql_include=[
                "last_starts_at",
                "listed_until",
                "city_id",
                "is_free",
                "lon",
                "lat",
            ],
        ),
    )

    opportunity_id: Mapped[int] = mapped_column(
        ForeignKey(Opportunity.id, ondelete="CASCADE"), primary_key=True
    )
    city_id: Mapped[int] = mapped_column(BigInteger, index=True)
    provider_id: Mapped[int] = mapped_column(BigInteger, index=True)
    achievement_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    kind: Mapped[str]
    category: Mapped[str]
    min_age: Mapped[int]
    max_age: Mapped[int]
    suits_min_age: Mapped[int]
    suits_max_age: Mapped[int]
    is_free: Mapped[bool]
    is_step_free: Mapped[bool]
    is_online: Mapped[bool]
    welcome: Mapped[list[str]] = mapped_column(ARRAY(Text))
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text))
    published_at: Mapped[datetime] = mapped_column(index=True)
    #: Until when it counts: the provider's word that it is right, and the council's trust in the
    #: provider, whichever ends first.
    listed_until: Mapped[datetime]
    #: On the British national grid, in metres: distances there are as good as over the ground.
    spot: Mapped[WKBElement] = mapped_column(Geometry("POINT", srid=27700, spatial_index=False))
    mercator: Mapped[WKBElement] = mapped_column(Geometry("POINT", srid=3857, spatial_index=False))
    #: Morton key of zoom 24: the points of any map tile lie in one range.
    quadkey: Mapped[int] = mapped_column(BigInteger)
    #: WGS 84 degrees.
    lon: Mapped[float]
    lat: Mapped[float]
    lsoa_code: Mapped[str]
    #: When its sessions start that have a place left, soonest first; some may be past.
    starts: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)))
    last_starts_at: Mapped[datetime]
    #: The session that starts at each of `starts`.
    session_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    #: A feature of GeoJSON up to where its next start is written.
    feature: Mapped[str]
    words: Mapped[str] = mapped_column(TSVECTOR)


class OpportunityTold(Base):
    """What programs are told of an opportunity that can be found, written when it changes.

    Kept by the same triggers as `OpportunitySearch`; `opportunities.queries.told` reads it.
    """

    __tablename__ = "opportunity_told"

    opportunity_id: Mapped[int] = mapped_column(
        ForeignKey(OpportunitySearch.opportunity_id, ondelete="CASCADE"), primary_key=True
    )
    #: JSON text without its last brace. The site's own address goes between two pieces.
    pieces: Mapped[list[str]] = mapped_column(ARRAY(Text))


class SearchWord(Base):
    """A word of some listing as it is written, to find what a mistyped word was meant to be."""

    __tablename__ = "search_word"
    __table_args__ = (
        Index(
            "ix_search_word_alike",
            "word",
            postgresql_using="gin",
            postgresql_ops={"word": "gin_trgm_ops"},
        ),
    )

    word: Mapped[str] = mapped_column(primary_key=True)
    #: What is left of it in the text that is searched; several words may have the same.
    stem: Mapped[str] = mapped_column(index=True)
