"""Providers of the demo, with their people, places and badges."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import uuid4

from slugify import slugify
from sqlalchemy.orm import Session

from accounts.models import Role, User, new_session_key
from badges.models import Achievement
from demo.catalogue import Host, Idea, adult_name
from demo.homes import Home, doorsteps
from demo.rows import copy, new_ids, point
from geo.models import City, Place
from geo.queries import area_at
from providers.assurance import ABOUT_SOMEONE
from providers.models import (
    Assurance,
    AssuranceKind,
    CheckLevel,
    MemberRole,
    Provider,
    ProviderMember,
    ProviderStatus,
)

#: Letters for the end of an address that must be nobody else's.
_LETTERS = "bcdfghjkmnpqrstvwxyz23456789"


@dataclass(frozen=True)
class Venue:
    """A place that a provider uses."""

    id: int
    point: tuple[float, float]
    lsoa_code: str


@dataclass
class Hosting:
    """A host as a provider in the database."""

    id: int
    host: Host
    venues: Sequence[Venue]
    #: Who speaks for it: an admin first, then staff.
    member_ids: Sequence[int]
    achievement_ids: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.host.name


def set_up(
    db: Session,
    *,
    city: City,
    hosts: Sequence[Host],
    homes: Sequence[Home],
    officers: tuple[User, User],
    chance: Random,
    now: datetime,
) -> list[Hosting]:
    """Make each host a provider: checked by two officers, or still waiting for that."""
    ids = new_ids(db, Provider, len(hosts))
    # The oldest history is a year and a half old: whoever hosts was checked before it. Whoever
    # waits has waited for days, not years.
    long_ago = [now - timedelta(days=chance.randint(620, 800)) for _ in hosts]
    checked_at = [now if host.awaits else when for host, when in zip(hosts, long_ago, strict=True)]
    copy(
        db,
        Provider,
        (
            _provider_row(id, host, city, officers, chance, when)
            for id, host, when in zip(ids, hosts, checked_at, strict=True)
        ),
    )
    members = _members(db, city, ids, hosts, chance)
    papers = [
        row
        for id, host in zip(ids, hosts, strict=True)
        for row in _papers(id, members[id][0], None if host.awaits else officers, now)
    ]
    copy(db, Assurance, papers)
    venues = _venues(db, ids, hosts, homes, chance)
    return [Hosting(id, host, venues[id], members[id]) for id, host in zip(ids, hosts, strict=True)]


def define_badges(
    db: Session, wanted: Iterable[tuple[Hosting, Idea]], *, chance: Random, now: datetime
) -> None:
    """Give each provider the badges that its ideas earn, one for each idea."""
    once = {(hosting.id, idea.badge): (hosting, idea) for hosting, idea in wanted}
    ids = new_ids(db, Achievement, len(once))
    rows = []
    for id, (hosting, idea) in zip(ids, once.values(), strict=True):
        hosting.achievement_ids[idea.badge] = id
        rows.append(
            {
                "id": id,
                "slug": address(idea.badge, chance),
                "issuer_id": hosting.id,
                "name": idea.badge,
                "description": idea.about,
                "criteria": idea.criteria,
                "strand": idea.strand,
                "level": idea.level,
                "icon": idea.icon,
                "skills": list(idea.skills),
                "created_at": now - timedelta(days=600),
            }
        )
    copy(db, Achievement, rows)


def address(name: str, chance: Random) -> str:
    """Return a readable address that ends in letters nobody would guess by chance."""
    return f"{slugify(name, max_length=60)}-{''.join(chance.choices(_LETTERS, k=6))}"


def _provider_row(
    id: int,
    host: Host,
    city: City,
    officers: tuple[User, User],
    chance: Random,
    checked_at: datetime,
) -> dict:
    first, second = (None, None) if host.awaits else (officer.id for officer in officers)
    applied_at = checked_at - timedelta(days=chance.randint(3, 12))
    return {
        "id": id,
        "uuid": uuid4(),
        "slug": f"{slugify(host.name, max_length=60)}-{id}",
        "name": host.name,
        "kind": host.kind,
        "description": host.about,
        "city_id": city.id,
        "safeguarding_lead": adult_name(chance),
        "status": ProviderStatus.APPLIED if host.awaits else ProviderStatus.VERIFIED,
        "registration_number": "",
        "identity_given_at": applied_at + timedelta(days=1),
        "applied_at": applied_at,
        "evidence_in_at": applied_at + timedelta(days=2),
        "identity_checked_by_id": first,
        "identity_checked_at": first and checked_at,
        "approved_by_id": first,
        "approved_at": first and checked_at,
        "verified_at": second and checked_at,
        "verified_by_id": second,
    }


def _papers(
    provider_id: int,
    sender_id: int,
    officers: tuple[User, User] | None,
    now: datetime,
) -> Iterator[dict]:
    """Give a provider all that it must have in place, good for another month at the least."""
    # By itself, so that the rest of the story stays as it is.
    chance = Random(provider_id)
    lead = adult_name(chance)
    first, second = (officer.id for officer in officers) if officers else (None, None)
    for kind in AssuranceKind:
        seen_on = now.date() - timedelta(days=chance.randint(20, 300))
        yield {
            "uuid": uuid4(),
            "provider_id": provider_id,
            "kind": kind,
            "person": lead if kind in ABOUT_SOMEONE else "",
            "level": CheckLevel.ENHANCED_BARRED if kind is AssuranceKind.STAFF_CHECK else None,
            "seen_on": seen_on,
            "seen_by": adult_name(chance),
            "evidence": "In the folder in the office. We can show it at any time.",
            "expires_on": now.date() + timedelta(days=chance.randint(31, 330)),
            "sent_by_id": sender_id,
            "sent_at": now - timedelta(days=2),
            "accepted_by_id": first,
            "accepted_at": first and now - timedelta(days=1),
            "seconded_by_id": second,
            "seconded_at": second and now - timedelta(days=1),
        }


def _members(
    db: Session, city: City, provider_ids: Sequence[int], hosts: Sequence[Host], chance: Random
) -> dict[int, list[int]]:
    """Give each provider two people. They have no password: none but the demo's own people sign in."""
    ids = iter(new_ids(db, User, 2 * len(hosts)))
    members = {id: [next(ids), next(ids)] for id in provider_ids}
    people = [
        _member_row(id, role, host, city, chance)
        for provider_id, host in zip(provider_ids, hosts, strict=True)
        for id, role in zip(members[provider_id], (Role.PROVIDER_ADMIN, Role.PROVIDER_STAFF), strict=True)
    ]  # fmt: skip
    copy(db, User, people)
    copy(
        db,
        ProviderMember,
        (
            {"provider_id": provider_id, "user_id": id, "role": does}
            for provider_id, both in members.items()
            for id, does in zip(both, (MemberRole.ADMIN, MemberRole.ORGANISER), strict=True)
        ),
    )
    return members


def _member_row(id: int, role: Role, host: Host, city: City, chance: Random) -> dict:
    name = adult_name(chance)
    return {
        "id": id,
        "uuid": uuid4(),
        "role": role,
        "name": name,
        "email": f"{slugify(name)}.{id}@{slugify(host.name, max_length=30)}.{city.slug}.example.org",
        "subject_uuid": uuid4(),
        "session_key": new_session_key(),
    }


def _venues(
    db: Session,
    provider_ids: Sequence[int],
    hosts: Sequence[Host],
    homes: Sequence[Home],
    chance: Random,
) -> dict[int, list[Venue]]:
    settled = [
        (provider_id, site, *_where(db, site, homes, chance))
        for provider_id, host in zip(provider_ids, hosts, strict=True)
        for site in host.sites
    ]
    ids = new_ids(db, Place, len(settled))
    venues: dict[int, list[Venue]] = {}
    rows = []
    for id, (provider_id, site, spot, lsoa_code) in zip(ids, settled, strict=True):
        venues.setdefault(provider_id, []).append(Venue(id, spot, lsoa_code))
        rows.append(
            {
                "id": id,
                "uuid": uuid4(),
                "name": site.name,
                "address": site.address,
                "step_free": chance.random() < 0.72,
                "point": point(*spot),
                "lsoa_code": lsoa_code,
            }
        )
    copy(db, Place, rows)
    return venues


def _where(db: Session, site, homes: Sequence[Home], chance: Random):
    """Return a site's own point, or a doorstep in its ward; and the area it lies in."""
    area = site.point and area_at(db, *site.point)
    if area:
        return site.point, area.lsoa_code
    home = chance.choice([home for home in homes if home.ward == site.ward] or list(homes))
    spots = list(doorsteps(db, [home.lsoa_code]).values()) or [home.point]
    return chance.choice(spots), home.lsoa_code
