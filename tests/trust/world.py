"""Where the sequences begin: five organisations in two cities, the people around them, their papers.

Made once and kept in the database; `tests.trust.rules` is told the same of it.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from accounts.models import Role
from app.db import current_db
from opportunities.models import OpportunityStatus
from providers.models import AssuranceKind, MemberRole, ProviderMember, ProviderStatus
from tests import factories
from tests.trust.rules import Listing, Membership, Org, Paper, Person, Sitting

#: A Friday in winter: the clocks go forward nine days later.
BEGINS_AT = datetime(2026, 3, 20, 12, tzinfo=UTC)
SEEN_ON = date(2026, 3, 1)
#: Sittings on both sides of lapses and of clock changes.
_STARTS = (
    BEGINS_AT + timedelta(hours=3),
    datetime(2026, 3, 28, 22, 30, tzinfo=UTC),
    datetime(2026, 3, 29, 9, tzinfo=UTC),
    datetime(2026, 8, 1, 9, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2027, 3, 28, 9, tzinfo=UTC),
)
_CLUB_UNTIL = (
    date(2026, 10, 24),
    date(2027, 3, 28),
    date(2026, 3, 28),
    date(2026, 10, 25),
    date(2027, 3, 27),
)
_WAITING_UNTIL = (
    date(2026, 12, 31),
    date(2026, 12, 31),
    date(2026, 3, 29),
    date(2026, 12, 31),
    date(2026, 12, 31),
)
YORK, BATH = factories.YORK, (-2.3590, 51.3811)


@dataclass
class World:
    """What the rules are told, and the keys of what is in the database."""

    orgs: list[Org] = field(default_factory=list)
    officers: list[Person] = field(default_factory=list)
    staff: list[Person] = field(default_factory=list)
    learners: list[Person] = field(default_factory=list)
    place_ids: dict[str, int] = field(default_factory=dict)
    city_ids: dict[str, int] = field(default_factory=dict)

    def held_by(self, learner: Person) -> list[Sitting]:
        """Return where a learner has a place, over or to come."""
        listings = (listing for org in self.orgs for listing in org.listings)
        sittings = (sitting for listing in listings for sitting in listing.sittings)
        return [sitting for sitting in sittings if learner.key in sitting.booked]


def build() -> World:
    """Make the rows through `current_db`, and return what they are. The caller commits."""
    world = World()
    here, there = factories.city(), factories.city(name="Farville")
    cities = {"here": here, "there": there}
    world.city_ids = {name: city.id for name, city in cities.items()}
    places = {"here": factories.place(*YORK), "there": factories.place(*BATH)}
    world.place_ids = {name: place.id for name, place in places.items()}

    def officer(name, city, role=Role.AUTHORITY_OFFICER):
        user = factories.adult(role, name=name, city_id=cities[city].id)
        is_officer = role is not Role.PLATFORM_ADMIN
        world.officers.append(Person(user.id, name, is_officer=is_officer, city=city))
        return user

    ann, ben = officer("Ann", "here"), officer("Ben", "here")
    officer("Cat", "here", Role.CITY_ADMIN)
    far = officer("Far", "there")
    faraway = officer("Faraway", "there")
    own, own_umbrellas = officer("Own", "here"), officer("Umb", "here")
    officer("Plat", "here", Role.PLATFORM_ADMIN)

    def org(name, city, umbrella=None, yes=()):
        row = factories.provider(
            identity_given_at=BEGINS_AT,
            name=name,
            in_city=cities[city],
            status=ProviderStatus.APPLIED,
            umbrella_id=umbrella and umbrella.key,
        )
        told = Org(row.id, row.slug, city, umbrella)
        if yes:
            row.identity_checked_by_id, row.identity_checked_at = yes[0].id, BEGINS_AT
            row.approved_by_id, row.approved_at = yes[0].id, BEGINS_AT
            row.verified_by_id, row.verified_at = yes[1].id, BEGINS_AT
            row.status, told.status = ProviderStatus.VERIFIED, "verified"
            told.identity, told.yes = yes[0].id, yes[0].id
        world.orgs.append(told)
        return row, told

    def person(name, row, told, does, role=Role.PROVIDER_STAFF):
        user = factories.adult(role, name=name)
        world.staff.append(Person(user.id, name, is_of_a_provider=True))
        if row is not None:
            join(user, row, told, does)
        return user

    def join(user, row, told, does, ended_at=None):
        current_db.add(ProviderMember(provider=row, user=user, role=does, ended_at=ended_at))
        told.members[user.id] = Membership(does.value, ended_at is not None)

    def papers(row, told, last_days, sender, yes=(None, None)):
        for kind, last_day in zip(AssuranceKind, last_days, strict=True):
            made = factories.assurance(
                row,
                kind,
                sent_by=sender,
                accepted_by=yes[0],
                seconded_by=yes[1],
                seen_on=SEEN_ON,
                expires_on=last_day,
                person="Sam Lead",
            )
            first, second = (each and each.id for each in yes)
            told.papers.append(Paper(made.uuid, kind.value, "Sam Lead", last_day, first, second))

    def listing(row, told, title, starts, city="here"):
        made = factories.opportunity(
            title=title,
            provider=row,
            place=places[city],
            checked_at=BEGINS_AT,
            published_at=BEGINS_AT,
            status=OpportunityStatus.PUBLISHED,
        )
        said = Listing(made.id, BEGINS_AT)
        for starts_at in starts:
            sitting = factories.scheduled_session(2, starts_at, opportunity=made)
            said.sittings.append(Sitting(sitting.uuid, starts_at, sitting.ends_at, 2))
        told.listings.append(said)
        return [made, *current_db.query(factories.ScheduledSession).filter_by(opportunity=made)]

    trust_row, trust = org("Trust", "here", yes=(ann, ben))
    club_row, club = org("Club", "here", trust, yes=(ann, ben))
    waiting_row, waiting = org("Waiting", "here", trust)
    new_row, new = org("New", "here")
    foreign_row, foreign = org("Foreign", "there", yes=(far, faraway))
    # The club first: it is what most steps are about.
    world.orgs = [club, waiting, new, trust, foreign]

    club_admin = person("Cluny", club_row, club, MemberRole.ADMIN)
    person("Orga", club_row, club, MemberRole.ORGANISER)
    person("Dora", club_row, club, MemberRole.DOOR)
    person("Leda", club_row, club, MemberRole.SAFEGUARDING_LEAD)
    foreign_admin = person("Fora", foreign_row, foreign, MemberRole.ADMIN)
    trust_admin = person("Trudy", trust_row, trust, MemberRole.ADMIN)
    waiting_admin = person("Wanda", waiting_row, waiting, MemberRole.ADMIN, Role.PROVIDER_ADMIN)
    person("Nell", new_row, new, MemberRole.ADMIN, Role.PROVIDER_ADMIN)
    person("Spare", None, None, None)
    join(own, club_row, club, MemberRole.ADMIN, BEGINS_AT - timedelta(days=400))
    join(own_umbrellas, trust_row, trust, MemberRole.ORGANISER)

    long = (date(2027, 2, 28),) * 5
    papers(club_row, club, _CLUB_UNTIL, club_admin, (ann, ben))
    papers(waiting_row, waiting, _WAITING_UNTIL, waiting_admin)
    papers(trust_row, trust, long, trust_admin, (ann, ben))
    papers(foreign_row, foreign, (date(2026, 10, 24),) * 5, foreign_admin, (far, faraway))

    for name in ("Seren", "Idris", "Mali"):
        user = factories.learner(name=name)
        world.learners.append(Person(user.id, name))
    listing(club_row, club, "Pottery", _STARTS)
    listing(waiting_row, waiting, "Chess", _STARTS[2:])
    listing(trust_row, trust, "Choir", _STARTS[3:4])
    listing(foreign_row, foreign, "Rowing", _STARTS[1:], "there")
    _book(world, club, 0)
    _book(world, club, 3)
    _book(world, foreign, 1)
    _book(world, waiting, 0)
    current_db.flush()
    return world


def _book(world: World, org: Org, number: int) -> None:
    """Give the first learner a place on a sitting, whether or not that could be booked now."""
    sitting = org.listings[0].sittings[number]
    row = current_db.query(factories.ScheduledSession).filter_by(uuid=sitting.key).one()
    learner = current_db.get(factories.User, world.learners[0].key)
    sitting.booked[learner.id] = factories.booking(of=learner, on=row).uuid
