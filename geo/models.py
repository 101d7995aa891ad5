"""Cities, the statistical areas they cover, what is officially known of an area, and places."""

from datetime import date
from enum import StrEnum

from geoalchemy2 import Geography, Geometry, WKBElement
from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, func, text
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


class Deprivation(Base):
    """What one edition of the English Indices of Deprivation says of one area code.

    Keyed by code, without a foreign key: an edition speaks of the areas of its own census, some of
    which have since been split or merged, and is kept whole and side by side with the others.
    """

    __tablename__ = "deprivation"
    __table_args__ = (
        CheckConstraint("decile BETWEEN 1 AND 10", "decile_range"),
        CheckConstraint("rank > 0", "rank_positive"),
    )

    #: `iod2019` (areas of 2011) or `iod2025` (areas of 2021).
    edition: Mapped[str] = mapped_column(primary_key=True)
    lsoa_code: Mapped[str] = mapped_column(primary_key=True)
    #: Index of Multiple Deprivation; a higher score is more deprived.
    score: Mapped[float]
    #: 1 is the most deprived area of England.
    rank: Mapped[int]
    #: 1 is the most deprived tenth.
    decile: Mapped[int]


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
