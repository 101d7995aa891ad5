"""The people whom the demo lets you sign in as: one of each role, with all they need to."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hmac import digest

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import Role, User
from accounts.passes import PIN_LENGTH, grouped
from accounts.passwords import hash_secret, matches
from accounts.queries import user_by_email
from accounts.service import register_adult, sign_in_link
from demo.hosting import Hosting
from geo.models import Area, City
from providers.models import Provider
from providers.queries import provider_of

#: Adults of the demo: the name in their address, and the one they go by.
_ADULTS = {
    Role.GUARDIAN: ("guardian", "Non Prosser"),
    Role.SUPPORTER: ("supporter", "Joseph Okafor"),
    Role.PROVIDER_STAFF: ("provider.staff", "Priya Gill"),
    Role.PROVIDER_ADMIN: ("provider.admin", "Huw Bevan"),
    Role.AUTHORITY_OFFICER: ("officer", "Eleri Vaughan"),
    Role.CITY_ADMIN: ("city.admin", "Marek Nowak"),
    Role.PLATFORM_ADMIN: ("platform.admin", "Aisha Rees"),
}
_OF_THE_CITY = (Role.AUTHORITY_OFFICER, Role.CITY_ADMIN)
_WORDS = (
    "anchor", "barley", "beacon", "bramble", "candle", "cedar", "clover", "cobble", "copper", "coral",
    "cotton", "cradle", "dapple", "fennel", "ferry", "gannet", "ginger", "granite", "harbour", "hazel",
    "heather", "island", "jasper", "kettle", "lantern", "linen", "maple", "marble", "meadow", "orchard",
    "otter", "pebble", "pepper", "puffin", "ribbon", "saddle", "saffron", "thistle", "tunnel", "willow",
)  # fmt: skip


@dataclass(frozen=True)
class DemoPerson:
    """Someone to sign in as. `account` is an e-mail address, or the code on a learner's pass."""

    role: str
    name: str
    account: str
    #: The password, or a learner's PIN.
    secret: str
    #: An address that signs them in once.
    sign_in: str

    def as_json(self) -> dict[str, str]:
        is_learner = self.role == Role.LEARNER
        opens = ("pass", "pin") if is_learner else ("email", "password")
        said = asdict(self)
        return {
            "role": said["role"],
            "name": said["name"],
            opens[0]: said["account"],
            opens[1]: said["secret"],
            "sign_in": said["sign_in"],
        }


@dataclass(frozen=True)
class Secrets:
    """What opens the accounts of the demo.

    Worked out from a secret of the installation: the same each time it is asked for here, and
    unknown to anyone elsewhere who has the same program.
    """

    password: str
    pin: str

    @classmethod
    def from_seed(cls, seed: str) -> "Secrets":
        drawn = digest(seed.encode(), b"demo people", "sha256")
        words = [_WORDS[byte % len(_WORDS)] for byte in drawn[:3]]
        pin = int.from_bytes(drawn[8:16], "big") % 10**PIN_LENGTH
        return cls(password=f"{'-'.join(words)}-{10 + drawn[3] % 90}", pin=f"{pin:0{PIN_LENGTH}}")


def address_of(role: Role, city_slug: str) -> str:
    """Return the e-mail address of the demo's adult of a role."""
    return f"{_ADULTS[role][0]}@{city_slug}.example.org"


def is_loaded(db: Session, city_slug: str) -> bool:
    """Say whether the demo has been to this city."""
    return user_by_email(db, address_of(Role.AUTHORITY_OFFICER, city_slug)) is not None


def city_of(db: Session, slug: str) -> City:
    """Return a city that the demo has been to."""
    return db.scalars(select(City).filter_by(slug=slug)).one()


def hire(db: Session, *, city: City, password: str) -> dict[Role, User]:
    """Make the adults of the demo who do not belong to a provider."""
    return {
        role: register_adult(
            db,
            role=role,
            name=name,
            email=address_of(role, city.slug),
            password=password,
            city=city if role in _OF_THE_CITY else None,
        )
        for role, (_, name) in _ADULTS.items()
        if role not in (Role.PROVIDER_STAFF, Role.PROVIDER_ADMIN)
    }


def put_in_charge(db: Session, *, city: City, hosting: Hosting, password: str) -> None:
    """Let the two people of a provider be the ones whom the demo signs in."""
    for id in hosting.member_ids:
        member = db.get_one(User, id)
        member.name = _ADULTS[member.role][1]
        member.email = address_of(member.role, city.slug)
        member.password_hash = hash_secret(password)
    db.flush()


def provider_in_charge(db: Session, city_slug: str) -> Provider:
    """Return the provider whose people the demo signs in."""
    admin = user_by_email(db, address_of(Role.PROVIDER_ADMIN, city_slug))
    provider = provider_of(db, admin) if admin else None
    assert provider is not None
    return provider


def people_of(
    db: Session, *, city: City, secrets: Secrets, now: datetime, public_url: str
) -> list[DemoPerson]:
    """Return the people of the demo, each with a new address that signs them in once. Flushes.

    A secret that no longer fits, because the installation has a new one, is put right.
    """
    people = [seren(db, city), *_adults_of(db, city)]
    _put_right(people, secrets)
    return [
        DemoPerson(
            role=user.role.value,
            name=user.name,
            account=grouped(user.pass_code) if user.pass_code else str(user.email),
            secret=secrets.pin if user.pass_code else secrets.password,
            sign_in=f"{public_url}/sign-in/link/{sign_in_link(db, user=user, now=now)}",
        )
        for user in people
    ]


def authority_of(db: Session, city: City) -> list[User]:
    """Return the people of the demo who work for the city's authority."""
    found = (user_by_email(db, address_of(role, city.slug)) for role in _OF_THE_CITY)
    return [user for user in found if user is not None]


def seren(db: Session, city: City) -> User:
    """Return the demo's own learner: the first whom it ever made in the city."""
    districts = [district.district_code for district in city.districts]
    living_there = (
        select(User)
        .join(Area, Area.lsoa_code == User.home_lsoa_code)
        .where(User.role == Role.LEARNER, Area.district_code.in_(districts))
        .order_by(User.id)
        .limit(1)
    )
    return db.scalars(living_there).one()


def _adults_of(db: Session, city: City) -> list[User]:
    found = (user_by_email(db, address_of(role, city.slug)) for role in _ADULTS)
    return [user for user in found if user is not None]


def _put_right(people: Sequence[User], secrets: Secrets) -> None:
    learner, *adults = people
    if not matches(learner.pin_hash, secrets.pin):
        learner.pin_hash = hash_secret(secrets.pin)
    if adults and not matches(adults[0].password_hash, secrets.password):
        for adult in adults:
            adult.password_hash = hash_secret(secrets.password)
