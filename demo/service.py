"""Load a city with everything that happens in it, or take it away again."""

import secrets as randomness
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sqlalchemy.orm import Session

from accounts.models import Role
from accounts.passwords import hash_secret
from app import clock
from app.clock import LONDON
from demo import cast, fictional, history, hosting, learners, programme, story
from demo.cast import DemoPerson, Secrets
from demo.catalogue import Host
from demo.homes import homes_of
from demo.neighbourhoods import SLUG
from demo.weeks import terms
from geo.loaders import Progress
from geo.models import City
from geo.queries import city_by_slug
from reach.periods import Period
from reach.service import release

LEARNERS = 2_000
OPPORTUNITIES = 300
SEED = 7


@dataclass(frozen=True)
class Demo:
    """A city of the demo, and the people to sign in as."""

    city: City
    people: Sequence[DemoPerson]
    #: False when the demo had been here before, and nothing was changed.
    is_new: bool


def load_city(
    db: Session,
    *,
    slug: str = SLUG,
    learners: int = LEARNERS,
    opportunities: int = OPPORTUNITIES,
    seed: int = SEED,
    now: datetime | None = None,
    secret: str = "",
    public_url: str = "",
    progress: Progress | None = None,
) -> Demo:
    """Load a city with all its people and history, unless the demo has been there. Flushes.

    :param secret: the installation's; passwords, PINs and share links of the demo follow from it.
        Without one they are drawn at random, and only the answer knows them.
    """
    now = now or clock.now()
    secret = secret or randomness.token_hex()
    tell = progress or (lambda _doing, _share: None)
    people = Secrets.from_seed(secret)
    is_new = not cast.is_loaded(db, slug)
    if is_new:
        city, hosts = _found(db, slug, seed, tell)
        _bring_to_life(db, city, hosts, learners, opportunities, seed, now, people, secret, tell)
    city = city_by_slug(db, slug)
    signed_in = cast.people_of(db, city=city, secrets=people, now=now, public_url=public_url)
    return Demo(city=city, people=signed_in, is_new=is_new)


def _found(db: Session, slug: str, seed: int, tell: Progress) -> tuple[City, Sequence[Host]]:
    return fictional.found(db, seed=seed, progress=tell), fictional.hosts_there()


def _bring_to_life(
    db, city, hosts, how_many, opportunities, seed, now, people, secret, tell
) -> None:
    """Fill a city that has areas and nothing else."""
    chance = Random(f"{seed}:{city.slug}")
    remembered = terms(now.astimezone(LONDON).date())
    tell("Making providers", None)
    staff = cast.hire(db, city=city, password=people.password)
    homes = homes_of(db, city)
    hostings = hosting.set_up(
        db, city=city, hosts=hosts, homes=homes, officer=staff[Role.AUTHORITY_OFFICER], chance=chance, now=now,
    )  # fmt: skip
    cast.put_in_charge(db, city=city, hosting=hostings[0], password=people.password)
    tell("Making opportunities", None)
    offers = programme.plan(
        hostings, opportunities=opportunities, terms=remembered, chance=chance, now=now
    )
    young = learners.gather(
        db, how_many=how_many, homes=homes, terms=len(remembered), chance=chance
    )
    seren, *others = young
    tonight = story.open_the_door(offers, seren, now)
    programme.write(db, offers, chance=chance, now=now)
    tell("Living through the terms", None)
    register = history.Register(chance, now)
    story.tell(register, seren, offers, tonight)
    history.live_through(register, others, offers, len(remembered))
    history.look_ahead(register, others, offers)
    tell("Writing it all down", None)
    learners.write(db, young, pin_hash=hash_secret(people.pin), now=now, chance=chance)
    programme.write_sessions(db, offers)
    history.write(db, register)
    # story.share_some(db, cast.seren(db, city), secret=secret, now=now)
    _release(db, city, remembered, now, tell)


def _release(
    db: Session, city: City, remembered: Sequence[Period], now: datetime, tell: Progress
) -> None:
    """Publish the terms that are closed, oldest first."""
    today = now.astimezone(LONDON).date()
    for period in remembered[:-1]:
        tell(f"Releasing {period.code}", None)
        release(db, city=city, period=period, today=today)
