"""Rows for tests, with no surprises: each builder fills only what the schema requires."""

from datetime import UTC, datetime, timedelta
from itertools import count

from accounts.models import AgeBand, Role, User
from app.db import current_db
from badges.models import Achievement, Strand
from geo.models import Area, City, CityDistrict, Deprivation, Place, PopulationBand
from opportunities.models import (
    Category,
    Opportunity,
    OpportunityKind,
    OpportunityStatus,
    ScheduledSession,
)
from participation.models import Booking
from providers.models import (
    Assurance,
    AssuranceKind,
    CheckLevel,
    MemberRole,
    Provider,
    ProviderKind,
    ProviderMember,
    ProviderStatus,
)

#: One in the afternoon in London on a summer day: the clock of every test.
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
#: York Minster: WGS 84, longitude first.
YORK = (-1.0819, 53.9623)
_number = count(1)


def _saved(row):
    current_db.add(row)
    current_db.flush()
    return row


def city(name="Testford", district_code=None):
    number = next(_number)
    row = City(slug=f"city-{number}", name=name, name_cy=name, authority_name=f"{name} Council")
    row.districts = [CityDistrict(district_code=district_code or f"E9{number:07}")]
    return _saved(row)


def area(in_city=None, decile=None, young_people=None, lon=YORK[0], lat=YORK[1], **given):
    """An area a kilometre wide around a point; with a decile and young people only where asked."""
    number = next(_number)
    west, south, east, north = lon - 0.007, lat - 0.0045, lon + 0.007, lat + 0.0045
    ring = f"{west} {south},{east} {south},{east} {north},{west} {north},{west} {south}"
    district = in_city.districts[0].district_code if in_city else "E99999999"
    row = _saved(
        Area(
            lsoa_code=given.pop("lsoa_code", f"E01{number:06}"),
            name=given.pop("name", f"Testford {number}A"),
            district_code=district,
            district_name="Testford",
            boundary=f"SRID=4326;MULTIPOLYGON((({ring})))",
            centre=f"SRID=4326;POINT({lon} {lat})",
            **given,
        )
    )
    if decile is not None:
        _saved(
            Deprivation(
                edition="iod2025", lsoa_code=row.lsoa_code, score=30.0, rank=number, decile=decile
            )
        )
    if young_people is not None:
        _saved(
            PopulationBand(
                source="census2021",
                lsoa_code=row.lsoa_code,
                from_age=11,
                to_age=24,
                people=young_people,
            )
        )
    return row


def place(lon=YORK[0], lat=YORK[1], within=None, **given):
    given.setdefault("name", "Library")
    within = within or area(lon=lon, lat=lat)
    return _saved(Place(point=f"SRID=4326;POINT({lon} {lat})", lsoa_code=within.lsoa_code, **given))


def learner(home=None, name="Seren", age_band=AgeBand.FROM_13_TO_15, **given):
    number = next(_number)
    return _saved(
        User(
            role=Role.LEARNER,
            name=name,
            age_band=age_band,
            home_lsoa_code=(home or area()).lsoa_code,
            pass_code=given.pop("pass_code", f"PASS{number:06}"),
            pin_hash=given.pop("pin_hash", "no such hash"),
            **given,
        )
    )


def adult(role, **given):
    number = next(_number)
    given.setdefault("email", f"adult{number}@example.org")
    return _saved(User(role=role, name=given.pop("name", "Jo"), **given))


def officer(of=None):
    return adult(Role.AUTHORITY_OFFICER, city_id=(of or city()).id)


def provider(name="Pot House", in_city=None, status=ProviderStatus.VERIFIED, **given):
    in_city = in_city or city()
    number = next(_number)
    checked = status is ProviderStatus.VERIFIED
    return _saved(
        Provider(
            slug=f"provider-{number}",
            name=name,
            kind=given.pop("kind", ProviderKind.YOUTH_GROUP),
            city_id=in_city.id,
            status=status,
            **(_yes_of_two(in_city) if checked else {}),
            **given,
        )
    )


def _yes_of_two(in_city):
    """What a provider has that two officers checked, whose papers hold for another year."""
    first, second = officer(of=in_city), officer(of=in_city)
    return {
        "identity_checked_by_id": first.id,
        "identity_checked_at": NOW,
        "approved_by_id": first.id,
        "approved_at": NOW,
        "verified_by_id": second.id,
        "verified_at": NOW,
        # The database works this out of the papers themselves, where a test makes some.
        "assured_until": NOW + timedelta(days=365),
    }


def member(of, role=Role.PROVIDER_ADMIN, does=MemberRole.ADMIN):
    """Someone who speaks for the provider `of`, and what they do there."""
    user = adult(role)
    _saved(ProviderMember(provider=of, user=user, role=does))
    return user


def passport(of, *, accepted_by=None, seconded_by=None, **given):
    """All that a provider must have in place: one of each kind, each good for half a year."""
    sender = given.pop("sent_by", None) or member(of)
    return [
        assurance(
            of, kind, sent_by=sender, accepted_by=accepted_by, seconded_by=seconded_by, **given
        )
        for kind in AssuranceKind
    ]


def assurance(of, kind, *, sent_by=None, accepted_by=None, seconded_by=None, **given):
    is_check = kind is AssuranceKind.STAFF_CHECK
    return _saved(
        Assurance(
            provider=of,
            kind=kind,
            person=given.pop("person", "Sam Lead"),
            level=given.pop("level", CheckLevel.ENHANCED_BARRED if is_check else None),
            seen_on=given.pop("seen_on", NOW.date() - timedelta(days=10)),
            seen_by=given.pop("seen_by", "Jo"),
            evidence=given.pop("evidence", "In the folder in the office."),
            expires_on=given.pop("expires_on", NOW.date() + timedelta(days=180)),
            sent_by_id=(sent_by or member(of)).id,
            sent_at=given.pop("sent_at", NOW - timedelta(days=2)),
            accepted_by_id=accepted_by and accepted_by.id,
            accepted_at=accepted_by and NOW - timedelta(days=1),
            seconded_by_id=seconded_by and seconded_by.id,
            seconded_at=seconded_by and NOW - timedelta(days=1),
            **given,
        )
    )


def achievement(issuer=None, **given):
    given.setdefault("name", "Clay Hand")
    return _saved(
        Achievement(
            slug=f"achievement-{next(_number)}",
            issuer=issuer or provider(),
            description="Made something of clay.",
            criteria="Come once and make one thing.",
            strand=given.pop("strand", Strand.CREATE),
            **given,
        )
    )


def opportunity(title="Pottery", **given):
    given = {"status": OpportunityStatus.PUBLISHED} | given
    # Made only where none was given: a spare row would be noise that nobody asked for.
    given["place"] = given.get("place") or place()
    given["provider"] = given.get("provider") or provider()
    return _saved(
        Opportunity(
            slug=given.pop("slug", f"opportunity-{next(_number)}"),
            title=title,
            description=given.pop("description", "Make a pot and take it home."),
            kind=given.pop("kind", OpportunityKind.ENRICHMENT),
            category=given.pop("category", Category.ARTS_AND_CULTURE),
            min_age=given.pop("min_age", 11),
            max_age=given.pop("max_age", 24),
            published_at=given.pop("published_at", NOW),
            checked_at=given.pop("checked_at", NOW),
            **given,
        )
    )


def scheduled_session(places=3, starts_at=NOW + timedelta(days=1), **given):
    given["opportunity"] = given.get("opportunity") or opportunity()
    return _saved(
        ScheduledSession(
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=2),
            maximum_capacity=max(places, 1),
            remaining_capacity=places,
            **given,
        )
    )


def booking(of=None, on=None):
    """A place that was booked: `of` a learner, `on` a session."""
    on = on or scheduled_session()
    on.remaining_capacity -= 1
    return _saved(Booking(learner=of or learner(), scheduled_session=on))
