"""Cities, the statistical areas they cover, what is officially known of an area, and places."""

from datetime import date
from enum import StrEnum

from geoalchemy2 import Geography, Geometry, WKBElement
from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, Id, PublicId


class City(Base):
    """One place-based programme: a city, borough or region of learning."""

    __tablename__ = "city"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_cy: Mapped[str]
    #: The local authority that runs the programme, as people know it.
    authority_name: Mapped[str]

    districts: Mapped[list["CityDistrict"]] = relationship(cascade="all, delete-orphan")

    def name_in(self, language: str) -> str:
        """Return what people call the city in `en` or `cy`."""
        return self.name_cy if language == "cy" else self.name


class CityDistrict(Base):
    """A local authority district that belongs to a city, by its official code."""

    __tablename__ = "city_district"

    city_id: Mapped[int] = mapped_column(ForeignKey(City.id, ondelete="CASCADE"), primary_key=True)
    district_code: Mapped[str] = mapped_column(primary_key=True, unique=True)


class Region(Base):
    """Several cities that one authority looks after together, such as a combined authority."""

    __tablename__ = "region"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_cy: Mapped[str]

    cities: Mapped[list[City]] = relationship(secondary="region_city", order_by=City.name)

    def name_in(self, language: str) -> str:
        """Return what people call the region in `en` or `cy`."""
        return self.name_cy if language == "cy" else self.name


class RegionCity(Base):
    """A city that belongs to a region; to one at most, so that its sum is told in one place."""

    __tablename__ = "region_city"

    region_id: Mapped[int] = mapped_column(
        ForeignKey(Region.id, ondelete="CASCADE"), primary_key=True
    )
    city_id: Mapped[int] = mapped_column(
        ForeignKey(City.id, ondelete="CASCADE"), primary_key=True, unique=True
    )


class SchoolTerm(Base):
    """When the schools of a city are open: a half of a term, say, as its authority has set it."""

    __tablename__ = "school_term"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", "ends_after_start"),
        ExcludeConstraint(
            ("city_id", "="),
            (text("daterange(starts_on, ends_on, '[]')"), "&&"),
            name="ex_school_term_one_at_a_time",
            using="gist",
        ),
    )

    city_id: Mapped[int] = mapped_column(ForeignKey(City.id, ondelete="CASCADE"), primary_key=True)
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    #: The last day.
    ends_on: Mapped[date]
    name: Mapped[str]


class Area(Base):
    """A Lower-layer Super Output Area, keyed by its official ONS code (`E01…`)."""

    __tablename__ = "area"
    __table_args__ = (CheckConstraint("lsoa_code ~ '^[A-Z][0-9]{8}$'", "official_code"),)

    lsoa_code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    district_code: Mapped[str] = mapped_column(index=True)
    district_name: Mapped[str]
    #: Known only once a lookup that names wards was loaded.
    ward_code: Mapped[str | None] = mapped_column(index=True)
    ward_name: Mapped[str | None]
    #: WGS 84. Generalised, clipped to the coast: good for drawing and for point in polygon.
    boundary: Mapped[WKBElement] = mapped_column(Geometry("MULTIPOLYGON", srid=4326))
    #: A point inside the boundary, to measure distances from. WGS 84, longitude first.
    centre: Mapped[WKBElement] = mapped_column(Geography("POINT", srid=4326))


# To find the name that a mistyped one was meant to be.
for _name, _column in (("ward", Area.ward_name), ("district", Area.district_name)):
    Index(
        f"ix_area_{_name}_alike",
        func.lower(_column).label("alike"),
        postgresql_using="gin",
        postgresql_ops={"alike": "gin_trgm_ops"},
    )


class Nation(StrEnum):
    """Whose areas an index ranks. What two nations say cannot be compared."""

    ENGLAND = "england"
    WALES = "wales"
    SCOTLAND = "scotland"
    NORTHERN_IRELAND = "northern_ireland"


#: The letter that official codes of each nation begin with; older ones of Northern Ireland have 95.
NATION_LETTERS = {
    "E": Nation.ENGLAND,
    "W": Nation.WALES,
    "S": Nation.SCOTLAND,
    "N": Nation.NORTHERN_IRELAND,
    "9": Nation.NORTHERN_IRELAND,
}


class DeprivationIndex(Base):
    """One index of deprivation that areas are ranked by: a published one, or a city's own."""

    __tablename__ = "deprivation_index"
    __table_args__ = (
        CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", "slug_is_plain"),
        # What operators load is told from what is published by its name alone.
        CheckConstraint("NOT (is_overall AND slug LIKE 'custom-%')", "custom_is_not_official"),
    )

    #: `iod2025` for an index as a whole, `iod2025-idaci` for a part of it, `custom-...` for others.
    slug: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_cy: Mapped[str]
    #: Who published it.
    source: Mapped[str]
    nation: Mapped[Nation]
    #: Whether it is a whole published index, and no part of one.
    is_overall: Mapped[bool] = mapped_column(default=False, server_default="false")
    published_on: Mapped[date | None]
    #: What a reader has to know of it.
    note: Mapped[str] = mapped_column(default="", server_default="")

    def name_in(self, language: str) -> str:
        """Return what people call the index in `en` or `cy`."""
        return self.name_cy if language == "cy" else self.name


class Deprivation(Base):
    """What one index of deprivation says of one area code.

    Keyed by code, without a foreign key to areas: an edition speaks of the areas of its own census,
    some of which have since been split or merged, and is kept whole and side by side with the others.
    """

    __tablename__ = "deprivation"
    __table_args__ = (
        CheckConstraint("decile BETWEEN 1 AND 10", "decile_range"),
        CheckConstraint("rank > 0", "rank_positive"),
    )

    #: `iod2019` (areas of 2011), `iod2025` (areas of 2021), `iod2025-idaci`, `wimd2019`, ...
    edition: Mapped[str] = mapped_column(ForeignKey(DeprivationIndex.slug), primary_key=True)
    lsoa_code: Mapped[str] = mapped_column(primary_key=True)
    #: A higher score is more deprived. Some indices are published without.
    score: Mapped[float | None]
    #: 1 is the most deprived area of the nation. Unknown where a file gave deciles alone.
    rank: Mapped[int | None]
    #: 1 is the most deprived tenth.
    decile: Mapped[int]


class CityIndex(Base):
    """An index that a city has its school year compared by, beside the one that it reports by."""

    __tablename__ = "city_index"
    __table_args__ = (
        UniqueConstraint("city_id", "edition"),
        # Three at most: a release answers for what each one more would tell of a learner.
        CheckConstraint("position BETWEEN 1 AND 3", "three_at_most"),
    )

    city_id: Mapped[int] = mapped_column(ForeignKey(City.id, ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    edition: Mapped[str] = mapped_column(ForeignKey(DeprivationIndex.slug))


class PopulationBand(Base):
    """How many people of an age range live in an area, by one published source."""

    __tablename__ = "population_band"
    __table_args__ = (
        CheckConstraint("to_age >= from_age", "age_order"),
        CheckConstraint("people >= 0", "people_not_negative"),
    )

    #: `census2021` (six bands, areas of 2021) or `mye2020` (single years, areas of 2011).
    source: Mapped[str] = mapped_column(primary_key=True)
    lsoa_code: Mapped[str] = mapped_column(primary_key=True)
    from_age: Mapped[int] = mapped_column(primary_key=True)
    #: Inclusive. Open-ended bands end at 120.
    to_age: Mapped[int]
    people: Mapped[int]


class Postcode(Base):
    """A live postcode of the national directory. Reference data: nobody's address."""

    __tablename__ = "postcode"

    #: Capitals without a space: `CF242AB`.
    postcode: Mapped[str] = mapped_column(primary_key=True)
    lsoa_code: Mapped[str] = mapped_column(index=True)
    #: WGS 84 degrees.
    lon: Mapped[float]
    lat: Mapped[float]


class AccessFeature(StrEnum):
    """What makes a place usable by more people, beyond a way in without steps."""

    ACCESSIBLE_TOILET = "accessible_toilet"
    CHANGING_PLACE = "changing_place"
    HEARING_LOOP = "hearing_loop"
    QUIET_ROOM = "quiet_room"
    BLUE_BADGE_PARKING = "blue_badge_parking"


class Place(Base):
    """A building or open space where a session can happen (schema.org `Place`)."""

    __tablename__ = "place"

    id: Mapped[Id]
    uuid: Mapped[PublicId]
    name: Mapped[str]
    #: Street and town, as a visitor would ask for it.
    address: Mapped[str] = mapped_column(default="")
    step_free: Mapped[bool] = mapped_column(default=False)
    #: What else is known to be there. What is not named may be there too.
    access: Mapped[list[AccessFeature]] = mapped_column(
        ARRAY(Text), default=list, server_default="{}"
    )
    #: WGS 84, longitude first. `Geography`, so that distances come in metres and use the index.
    point: Mapped[WKBElement] = mapped_column(Geography("POINT", srid=4326))
    lsoa_code: Mapped[str] = mapped_column(ForeignKey(Area.lsoa_code), index=True)

    area: Mapped[Area] = relationship()
