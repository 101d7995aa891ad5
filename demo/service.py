"""Load a city with everything that happens in it, keep it in the present, or take it away again."""

import secrets as randomness
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import Role, User
from accounts.passwords import hash_secret
from app import clock
from app.clock import LONDON
from app.errors import NotFound
from app.terms import Period, month_of, year_of
from badges.models import Achievement, AchievementCredential
from badges.service import IssuingHost
from cube.models import ReachRelease
from cube.service import release
from demo import (
    apart,
    brought,
    cast,
    diary,
    doings,
    fictional,
    history,
    hosting,
    learners,
    money,
    programme,
    real_places,
    removal,
    reported,
    showing,
    story,
    support,
    tries,
    ways,
)
from demo.cast import DemoPerson, Secrets
from demo.catalogue import Host, hosts
from demo.homes import Home, homes_of
from demo.hosting import Hosting
from demo.learners import Learner
from demo.neighbourhoods import SLUG
from demo.rows import learn_about
from demo.weeks import terms
from geo.loaders import Progress
from geo.models import City, Place
from geo.queries import city_by_slug
from opportunities.models import Opportunity, ScheduledSession
from participation.models import Attendance, Booking
from providers.models import Provider

LEARNERS = 2_000
OPPORTUNITIES = 300
SEED = 7


@dataclass(frozen=True)
class Demo:
    """A city of the demo, and the people to sign in as."""

    city: City
    people: Sequence[DemoPerson]
    #: False when the demo had been here before.
    is_new: bool
    #: How many sessions were put into the diary because time had passed.
    new_sessions: int = 0


@dataclass(frozen=True)
class Making:
    """What every step of making a city's life needs."""

    city: City
    homes: Sequence[Home]
    #: The terms that are remembered; the last is still running.
    terms: Sequence[Period]
    chance: Random
    now: datetime
    tell: Progress


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
    keys_secret: str = "",
    equality_secret: str = "",
    progress: Progress | None = None,
) -> Demo:
    """Load a city with all its people and history, unless the demo has been there. Flushes.

    A city that was loaded weeks ago gets sessions for the weeks that are coming now, no more.

    :param secret: the installation's; passwords, PINs and share links of the demo follow from it.
        Without one they are drawn at random, and only the answer knows them.
    :param keys_secret: opens the keys that badges are signed with. Without one nothing is signed.
    :param equality_secret: locks what learners tell of themselves. Without one they tell nothing.
    :raises NotFound: there is no such city, or the official files of a real one are not here.
    """
    now = now or clock.now()
    slug = slug.replace("_", "-")
    secret = secret or randomness.token_hex()
    opens = Secrets.from_seed(secret)
    is_new, new_sessions = not cast.is_loaded(db, slug), 0
    host = IssuingHost(public_url.rstrip("/"), keys_secret) if keys_secret else None
    if is_new:
        making, there = _found(db, slug, seed, now, progress or _nobody_listens)
        young = _bring_to_life(db, making, there, learners, opportunities, opens)
        if equality_secret:
            apart.tell_some(db, young, secret=equality_secret, seed=f"{seed}:{slug}")
        _release(db, making, host, equality_secret)
        doings.do_more(db, cast.seren(db, making.city), secret=secret, now=now)
        story.share_some(db, cast.seren(db, making.city), secret=secret, now=now)
        story.tell_of_badges(db, cast.seren(db, making.city))
        story.keep_some(db, cast.seren(db, making.city), making.city, now)
        showing.show_some(db, cast.seren(db, making.city), now=now)
        brought.bring_some(db, cast.seren(db, making.city), now=now)
        story.doubt_some(db, making.city, now)
        story.wish_some(db, making.city, now)
        if host:
            own = cast.provider_in_charge(db, slug)
            story.speak_for_some(db, cast.seren(db, making.city), own, now=now)
            story.sign_some(db, cast.seren(db, making.city), host=host, now=now)
        story.let_some_be_asked_for(db, cast.provider_in_charge(db, slug))
        tries.plan_some(db, cast.seren(db, making.city), now)
        money.pay_for_some(db, making.city, now)
        ways.lay_out_one(db, making.city, cast.seren(db, making.city), now)
        support.help_some(db, making.city, cast.seren(db, making.city), secret=secret, now=now)
    else:
        new_sessions = diary.bring_up_to_date(db, city=cast.city_of(db, slug), now=now)
    city = cast.city_of(db, slug)
    people = cast.people_of(db, city=city, secrets=opens, now=now, public_url=public_url)
    return Demo(city=city, people=people, is_new=is_new, new_sessions=new_sessions)


def clear_city(db: Session, *, slug: str = SLUG) -> None:
    """Take away a city's people, providers and all they did. Flushes.

    Official data stays, and so does what reach released: that stays for good. Wishes stay that do
    not say what the demo's say: nothing else tells who made one.

    :raises NotFound: the demo has not been there.
    :raises Conflict: others than the demo's people use this real place.
    """
    slug = slug.replace("_", "-")
    city = city_by_slug(db, slug)
    if city is None or not cast.is_loaded(db, slug):
        raise NotFound(_("The demo has not been to this city: %(city)s.", city=slug))
    if slug != SLUG:
        removal.refuse_where_others_are(db, city)
    removal.remove_everything(db, city)


def _found(
    db: Session, slug: str, seed: int, now: datetime, tell: Progress
) -> tuple[Making, Sequence[Host]]:
    """Load a city's areas from official files, and return it with who will offer things there."""
    if slug == SLUG:
        city, there = fictional.found(db, seed=seed, progress=tell), hosts()
    else:
        city = real_places.found(db, slug, progress=tell)
        there = real_places.hosts_there(db, city)
    making = Making(
        city=city,
        homes=homes_of(db, city),
        terms=terms(now.astimezone(LONDON).date()),
        chance=Random(f"{seed}:{slug}"),
        now=now,
        tell=tell,
    )
    return making, there


def _bring_to_life(
    db: Session,
    making: Making,
    there: Sequence[Host],
    how_many: int,
    opportunities: int,
    opens: Secrets,
) -> Sequence[Learner]:
    """Fill a city that has areas and nothing else; return the young people of it."""
    chance, now, number_of_terms = making.chance, making.now, len(making.terms)
    hostings = _open_doors(db, making, there, opens.password)
    making.tell("Planning what is on", None)
    offers = programme.plan(
        hostings, opportunities=opportunities, terms=making.terms, chance=chance, now=now
    )
    young = learners.gather(
        db, how_many=how_many, homes=making.homes, terms=number_of_terms, chance=chance
    )
    tonight = story.open_the_door(offers, young[0], now)
    programme.write(db, offers, chance=chance, now=now)
    making.tell("Living through the terms", None)
    register = history.Register(chance, now)
    story.tell(register, young[0], offers, tonight)
    history.live_through(register, young[1:], offers, number_of_terms)
    history.look_ahead(register, young[1:], offers)
    making.tell("Writing it all down", None)
    learners.write(db, young, pin_hash=hash_secret(opens.pin), now=now, chance=chance)
    programme.write_sessions(db, offers)
    history.write(db, register)
    learn_about(
        db,
        User,
        Place,
        Provider,
        Opportunity,
        ScheduledSession,
        Booking,
        Attendance,
        Achievement,
        AchievementCredential,
    )
    return young


def _open_doors(db: Session, making: Making, there: Sequence[Host], password: str) -> list[Hosting]:
    """Make the people of the city and its providers, the demo's own in charge of the first."""
    making.tell("Making providers", None)
    staff = cast.hire(db, city=making.city, password=password)
    hostings = hosting.set_up(
        db,
        city=making.city,
        hosts=there,
        homes=making.homes,
        officers=(staff[Role.AUTHORITY_OFFICER], staff[Role.CITY_ADMIN]),
        chance=making.chance,
        now=making.now,
    )
    cast.put_in_charge(db, city=making.city, hosting=hostings[0], password=password)
    return hostings


def _release(db: Session, making: Making, host: IssuingHost | None, equality_secret: str) -> None:
    """Publish what is closed, oldest first; what was released before stays as it is."""
    today = making.now.astimezone(LONDON).date()
    known = select(ReachRelease.period).where(ReachRelease.city_id == making.city.id)
    released = set(db.scalars(known))
    for period in _closed_periods(making.terms, today):
        if period.code not in released:
            making.tell(f"Releasing {period.code}", None)
            release(
                db,
                city=making.city,
                period=period,
                today=today,
                host=host,
                equality_secret=equality_secret,
            )
    reported.correct_one(
        db,
        city=making.city,
        terms=making.terms,
        today=today,
        host=host,
        equality_secret=equality_secret,
    )
    readers = cast.authority_of(db, making.city)
    reported.tell_some(db, city=making.city, readers=readers, now=making.now)


def _closed_periods(terms: Sequence[Period], today: date) -> list[Period]:
    """Return the terms, the last school year that has ended, and the last three months."""
    last_month = month_of(month_of(today).starts_on - timedelta(days=1))
    month_before = month_of(last_month.starts_on - timedelta(days=1))
    first_month = month_of(month_before.starts_on - timedelta(days=1))
    last_year = year_of(year_of(today).starts_on - timedelta(days=1))
    periods = [*terms, last_year, first_month, month_before, last_month]
    return [period for period in periods if period.is_closed(today)]


def _nobody_listens(_words: str, _share: float | None) -> None:
    """Say nothing of the progress."""
