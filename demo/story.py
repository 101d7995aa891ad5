"""The story of Seren, whose record the demo opens with, and of the register that waits for her."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from app.clock import LONDON
from awards.asking import let_ask
from badges import endorsing
from badges.endorsement_queries import endorsements_to_sign
from badges.models import Achievement, Endorsement
from badges.queries import badges_of
from badges.service import IssuingHost
from badges.signing import signed_endorsement, signed_status_list, signed_token
from demo.history import Register, distance_km
from demo.learners import Learner
from demo.programme import Offer, Sitting
from demo.weeks import instant
from geo.models import City
from geo.queries import areas_of
from opportunities.models import Category, Opportunity, ReportReason
from opportunities.report_service import report_listing
from opportunities.wish_service import make_wish
from packs.service import share
from participation.jobs import tell_badge
from profiles.saved_service import keep_for_later, keep_search
from providers.models import MemberRole, Provider, ProviderKind, ProviderStatus
from providers.queries import team_of
from providers.standing import trusted
from record.queries import page_of, strands_for

_BADGES = 8
_AHEAD = 3
#: From this level on somebody has to watch, and the demo's own provider lets its badges be asked for.
_WATCHED = 3
#: What visitors told the council, and how many days ago.
_DOUBTS = (
    (ReportReason.TIME, "They told us it starts half an hour later now.", 6),
    (ReportReason.SAFETY, "The back gate was open and nobody was at the door.", 1),
    (ReportReason.COST_OR_AGE, "", 3),
)
#: What visitors wish for, and how often: the first two in one ward, the last in another.
_WISHES = (
    (Category.SPORT, "girls' rugby", 11),
    (Category.NATURE_AND_ADVENTURE, "nights under canvas", 12),
    (Category.ARTS_AND_CULTURE, "somewhere to drum", 4),
)
#: What the demo's own wishes can be told by.
WORDS_WISHED = [words for _category, words, _times in _WISHES]
#: What an employer says for a badge of Seren's, and what another says for one of the demo's own.
_SPOKEN = "We count this badge when we choose apprentices."
_OFFERED = "Whoever brings this badge has met our kind of work before."
_ASKED = "Two of yours came to see what our young people do. Would you say so?"
#: One speaks, one offers to, and one may be the issuer itself.
_FEWEST_FIRMS = 3
#: Sessions for the demo's door start no earlier and no later than this.
_OPENS, _CLOSES = time(9), time(19, 30)


def open_the_door(offers: Sequence[Offer], learner: Learner, now: datetime) -> Sitting | None:
    """Give the demo's own provider a session today, and one yesterday that nobody has filled in.

    Returns today's, to which the learner will come.
    """
    own = _of_the_first_provider(offers, learner)
    today = now.astimezone(LONDON).date()
    tonight = None
    for offer, day in zip(own, (today, today - timedelta(days=1)), strict=False):
        offer.coming = [sitting for sitting in offer.coming if sitting.day != day]
        when = _soon(now) if day == today else offer.starts
        sitting = Sitting(offer, instant(day, when), max(8, offer.idea.places))
        offer.coming.insert(0, sitting)
        tonight = tonight or sitting
    return tonight


def doubt_some(db: Session, city: City, now: datetime) -> None:
    """Let visitors have said what is wrong with a few listings, for the officer to look at. Flushes."""
    found = (
        select(Opportunity)
        .join(Opportunity.provider)
        .where(Provider.city_id == city.id, Provider.status == ProviderStatus.VERIFIED)
        .order_by(Opportunity.id)
        .limit(len(_DOUBTS))
    )
    for opportunity, (reason, words, days_ago) in zip(db.scalars(found), _DOUBTS, strict=False):
        made_at = now - timedelta(days=days_ago)
        report_listing(db, opportunity=opportunity, reason=reason, words=words, now=made_at)


def wish_some(db: Session, city: City, now: datetime) -> None:
    """Let people have wished for things, many from one ward and few from another."""
    areas = areas_of(db, city)
    for end, (category, words, times) in zip((0, 0, -1), _WISHES, strict=True):
        ward = [area for area in areas if area.ward_name == areas[end].ward_name]
        for number in range(times):
            # The same wish counts once a month from one area, and not in the month that is running.
            months, which = divmod(number, len(ward))
            made_at = now - timedelta(days=31 * (months + 1))
            make_wish(db, city=city, area=ward[which], category=category, words=words, now=made_at)


def keep_some(db: Session, learner: User, city: City, now: datetime) -> None:
    """Let Seren keep a search, of which she wants to hear, and something for later. Flushes."""
    three_weeks_ago = now - timedelta(days=21)
    saved = keep_search(
        db,
        owner=learner,
        query="category=arts_and_culture&free=1",
        words="",
        city=None,
        name="Making things, free",
        now=three_weeks_ago,
    )
    saved.wants_digest = True
    opportunity = db.scalar(
        select(Opportunity)
        .join(Opportunity.provider)
        .where(Provider.city_id == city.id, Provider.status == ProviderStatus.VERIFIED)
        .order_by(Opportunity.id.desc())
        .limit(1)
    )
    if opportunity:
        keep_for_later(db, owner=learner, opportunity=opportunity, now=three_weeks_ago)


def tell(
    register: Register, learner: Learner, offers: Sequence[Offer], tonight: Sitting | None
) -> None:
    """Let Seren come to things of many kinds, term after term, and plan some more."""
    for sitting in _spread(learner, offers, register.chance):
        if len(learner.likes) >= _BADGES:
            break
        register.book(learner, sitting, is_past=True, sure=True)
    coming = [sitting for offer in learner.likes[:6] for sitting in offer.coming]
    coming.sort(key=lambda sitting: sitting.starts_at)
    later = (sitting for sitting in coming if sitting.starts_at > register.now)
    for sitting in [tonight, *later]:
        if (
            sitting
            and learner.ahead < _AHEAD
            and register.book(learner, sitting, is_past=False, sure=True)
        ):
            learner.ahead += 1


def share_some(db: Session, seren: User, *, secret: str, now: datetime) -> None:
    """Let Seren show part of her record to a coach, for a while."""
    newest = page_of(db, seren, strands_for(db, seren), limit=8).lines
    share(
        db,
        learner=seren,
        label="Sailing coach",
        badge_uuids=[badge.uuid for badge in badges_of(db, seren)[:4]],
        line_keys=[line.key for line in newest],
        shows_name=True,
        shows_hours=True,
        days=30,
        secret=secret,
        now=now,
    )


def let_some_be_asked_for(db: Session, own: Provider) -> None:
    """Let young people ask the demo's own provider for what somebody has to watch. Flushes."""
    shown = select(Achievement).where(
        Achievement.issuer_id == own.id, Achievement.level >= _WATCHED
    )
    for achievement in db.scalars(shown):
        let_ask(db, achievement=achievement, takes_requests=True)


def speak_for_some(db: Session, seren: User, own: Provider, *, now: datetime) -> None:
    """Let employers speak for badges, and the demo's own provider be asked, and be offered words. Flushes.

    :param own: the provider whose admin the demo signs in.
    """
    firms, last_week = _employers(db, own, now), now - timedelta(days=7)
    badges = [badge for badge in badges_of(db, seren) if badge.issuer_id != own.id]
    ours = db.scalar(select(Achievement).filter_by(issuer_id=own.id).order_by(Achievement.id))
    if len(firms) < _FEWEST_FIRMS or not badges or ours is None:
        return
    issuer = badges[0].issuer
    asked_by = _admin_of(db, issuer)
    first, second = [firm for firm in firms if firm.id != issuer.id][:2]
    asked = endorsing.ask(
        db,
        issuer=issuer,
        asked_by=asked_by,
        endorser=first,
        achievement=badges[0].achievement,
        now=last_week,
    )
    endorsing.give(
        db,
        uuid=asked.uuid,
        endorser=first,
        given_by=_admin_of(db, first),
        comment=_SPOKEN,
        now=last_week,
    )
    endorsing.ask(db, issuer=issuer, asked_by=asked_by, endorser=own, message=_ASKED, now=now)
    endorsing.offer(
        db,
        endorser=second,
        given_by=_admin_of(db, second),
        issuer=own,
        achievement=ours,
        comment=_OFFERED,
        now=now,
    )


def sign_some(db: Session, seren: User, *, host: IssuingHost, now: datetime) -> None:
    """Sign what is looked at first, Seren's badges, as if a worker had. One signs the rest. Flushes."""
    for endorsement_id in endorsements_to_sign(db):
        endorsement = db.get_one(Endorsement, endorsement_id)
        signed_status_list(db, endorsement.endorser, host=host, now=now)
        signed_endorsement(db, endorsement, host=host)
    for badge in badges_of(db, seren):
        signed_status_list(db, badge.issuer, host=host, now=now)
        signed_token(db, badge, host=host, now=now)


def tell_of_badges(db: Session, seren: User) -> None:
    """Let the notices of her last badges stand in Seren's inbox, as if a worker had told her."""
    for badge in badges_of(db, seren)[:2]:
        tell_badge(db, badge, now=badge.awarded_at)


def _employers(db: Session, own: Provider, now: datetime) -> Sequence[Provider]:
    there = select(Provider).where(
        Provider.city_id == own.city_id,
        trusted(now),
        Provider.kind == ProviderKind.EMPLOYER,
        Provider.id != own.id,
    )
    return db.scalars(there.order_by(Provider.id)).all()


def _admin_of(db: Session, provider: Provider) -> User:
    return next(each.user for each in team_of(db, provider) if each.role is MemberRole.ADMIN)


def _earning(learner: Learner, offers: Sequence[Offer]) -> Iterator[Offer]:
    """Yield what a learner could have earned a badge at, but for those that are there to be asked for."""
    for offer in offers:
        to_ask_for = offer.hosting is offers[0].hosting and offer.idea.level >= _WATCHED
        if offer.has_badge and offer.past and learner.is_of_age(offer.ages) and not to_ask_for:
            yield offer


def _of_the_first_provider(offers: Sequence[Offer], learner: Learner) -> list[Offer]:
    first = offers[0].hosting
    return [
        offer
        for offer in offers
        if offer.hosting is first and offer.has_badge and learner.is_of_age(offer.ages)
    ]


def _soon(now: datetime) -> time:
    """Return the first half hour that is at least one hour away, within the hours of the day."""
    later = (now + timedelta(minutes=89)).astimezone(LONDON)
    if later.date() > now.astimezone(LONDON).date():
        return _CLOSES
    rounded = later.time().replace(minute=later.minute // 30 * 30, second=0, microsecond=0)
    return min(max(rounded, _OPENS), _CLOSES)


def _spread(learner: Learner, offers: Sequence[Offer], chance: Random) -> Iterator[Sitting]:
    """Yield past sessions that each earn another badge: near home, one strand after another.

    The first is at the demo's own provider, whatever the day: whom it knows may ask it for more.
    """
    near = sorted(_earning(learner, offers), key=lambda offer: distance_km(learner, offer))
    own = next((offer for offer in near if offer.hosting is offers[0].hosting), None)
    near.sort(key=lambda offer: offer is not own)
    by_strand: dict[str, list[Offer]] = {}
    for offer in near:
        by_strand.setdefault(offer.idea.strand, []).append(offer)
    badges: set[str] = set()
    for turn in range(len(near)):
        for strand in by_strand.values():
            if turn < len(strand) and strand[turn].idea.badge not in badges:
                badges.add(strand[turn].idea.badge)
                term = chance.choice(list(strand[turn].past))
                yield from strand[turn].past[term][:1]
