"""Questions about pathways. Who set out, and how far they are, is told to that learner alone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload

from accounts.models import User
from badges.models import Achievement, AchievementCredential
from badges.queries import is_newest
from geo.models import City
from opportunities.models import Opportunity, OpportunityStatus, ScheduledSession
from participation.models import Attendance, Booking
from pathways.models import Pathway, PathwayAdvert, PathwayStart, PathwayStep, StepItem, StepWords
from pathways.progress import Came, Facts, Span
from providers.models import Provider, ProviderStatus
from providers.standing import trusted

#: So many are listed on one page; a city has some dozens.
MOST_LISTED = 200
#: So many activities, and so many badges, are offered for a step: more with a name than without.
_MOST_FOUND, _MOST_SHOWN = 12, 5


@dataclass(frozen=True)
class Choice:
    """Something that may be put into a step: one of the two is there."""

    opportunity: Opportunity | None = None
    achievement: Achievement | None = None

    @property
    def key(self) -> str:
        """How a form names it."""
        if self.opportunity is not None:
            return f"a:{self.opportunity.slug}"
        return f"b:{self.achievement.slug}" if self.achievement else ""


def open_pathways(
    db: Session, *, now: datetime, city: City | None = None, limit: int = MOST_LISTED
) -> Sequence[Pathway]:
    """Return the pathways that anyone may set out on, newest first, with provider, badge and steps."""
    found = (
        _listed()
        .join(Pathway.provider)
        .where(*_open(), trusted(now))
        .order_by(Pathway.published_at.desc(), Pathway.id.desc())
        .limit(limit)
    )
    if city is not None:
        found = found.where(Provider.city_id == city.id)
    return db.scalars(found).all()


def pathway_shown(
    db: Session, viewer: User | None, slug: str, *, now: datetime, version: int | None = None
) -> Pathway | None:
    """Return a published version of a pathway, whole: the one asked for, or else the newest.

    While the organisation is not trusted, only who has set out on it is shown it.
    """
    is_own = (
        select(PathwayStart.id)
        .where(
            PathwayStart.pathway_id == Pathway.id,
            PathwayStart.learner_id == (viewer.id if viewer else None),
        )
        .exists()
    )
    found = (
        _whole()
        .join(Pathway.provider)
        .where(
            Pathway.slug == slug,
            Pathway.published_at.is_not(None),
            or_(trusted(now), is_own),
        )
        .order_by(Pathway.version.desc())
        .limit(1)
    )
    if version is not None:
        found = found.where(Pathway.version == version)
    return db.scalar(found)


def newest_version(db: Session, provider: Provider, slug: str) -> Pathway | None:
    """Return the newest version of a provider's own pathway, in whatever state, whole."""
    own = _whole().filter_by(slug=slug, provider_id=provider.id)
    return db.scalar(own.order_by(Pathway.version.desc()).limit(1))


def open_version(db: Session, slug: str) -> Pathway | None:
    """Return the version of a pathway that anyone may set out on, if there is one."""
    return db.scalar(select(Pathway).where(Pathway.slug == slug, *_open()))


def next_version(db: Session, pathway: Pathway) -> Pathway | None:
    """Return the version that was made from this one, in whatever state."""
    return db.scalar(select(Pathway).filter_by(earlier_id=pathway.id))


def pathways_of(db: Session, provider: Provider) -> Sequence[Pathway]:
    """Return a provider's own pathways by title, each in its newest version with its steps."""
    newest = (
        select(Pathway.id)
        .filter_by(provider_id=provider.id)
        .ext(distinct_on(Pathway.slug))
        .order_by(Pathway.slug, Pathway.version.desc())
    )
    own = _listed().where(Pathway.id.in_(newest.subquery().select()))
    return db.scalars(own.order_by(Pathway.title, Pathway.id)).all()


def open_slugs_of(db: Session, provider: Provider) -> set[str]:
    """Return which of a provider's pathways have a version that people may set out on."""
    return set(db.scalars(select(Pathway.slug).where(Pathway.provider_id == provider.id, *_open())))


def is_started(db: Session, pathway: Pathway) -> bool:
    """Say whether anybody set out on this version: then it stays as it is. Not who, nor how many."""
    started = select(PathwayStart.id).filter_by(pathway_id=pathway.id).limit(1)
    return db.scalar(started) is not None


def start_of(db: Session, learner: User, pathway: Pathway) -> PathwayStart | None:
    """Return that a learner set out on this version, if they did, be it that they stopped."""
    return db.scalar(select(PathwayStart).filter_by(learner_id=learner.id, pathway_id=pathway.id))


def live_start_elsewhere(db: Session, learner: User, pathway: Pathway) -> PathwayStart | None:
    """Return where a learner is under way on an earlier version of the same pathway."""
    earlier = (
        select(PathwayStart)
        .join(PathwayStart.pathway)
        .options(contains_eager(PathwayStart.pathway))
        .where(
            PathwayStart.learner_id == learner.id,
            PathwayStart.left_at.is_(None),
            Pathway.slug == pathway.slug,
            Pathway.version < pathway.version,
        )
        .order_by(Pathway.version.desc())
        .limit(1)
    )
    return db.scalar(earlier)


def starts_of(db: Session, learner: User) -> Sequence[PathwayStart]:
    """Return all that a learner set out on, newest first, each with its pathway whole."""
    of_pathway = joinedload(PathwayStart.pathway, innerjoin=True)
    own = (
        select(PathwayStart)
        .filter_by(learner_id=learner.id)
        .options(
            of_pathway.joinedload(Pathway.provider, innerjoin=True),
            of_pathway.joinedload(Pathway.achievement),
            of_pathway.selectinload(Pathway.steps).selectinload(PathwayStep.items),
        )
        .order_by(PathwayStart.started_at.desc(), PathwayStart.id.desc())
    )
    return db.scalars(own).all()


def has_set_out(db: Session, learner: User) -> bool:
    """Say whether something of a learner's has to be looked at when what they did changes."""
    under_way = select(PathwayStart.id).where(PathwayStart.learner_id == learner.id, _is_watched())
    return db.scalar(under_way.limit(1)) is not None


def facts_of(db: Session, learner: User) -> Facts:
    """Return what a learner did, in three questions: for their own pages, and for their badges."""
    return Facts(_came(db, learner), _held(db, learner), _written(db, learner))


def adverts_shown(db: Session, pathway: Pathway, today: date) -> Sequence[PathwayAdvert]:
    """Return the adverts of a pathway that are open still, whichever its version, the first to close first."""
    is_open = PathwayAdvert.closes_on >= today
    return db.scalars(_adverts(pathway).where(is_open)).all()


def adverts_kept(db: Session, pathway: Pathway) -> Sequence[PathwayAdvert]:
    """Return all adverts of a pathway, for whoever keeps them: closed ones too, which come first."""
    return db.scalars(_adverts(pathway)).all()


def advert_of(db: Session, pathway: Pathway, uuid: UUID) -> PathwayAdvert | None:
    """Return an advert, where it is of this pathway."""
    return db.scalar(_adverts(pathway).where(PathwayAdvert.uuid == uuid))


def leads_on(db: Session) -> set[tuple[int | None, int | None]]:
    """Return which badges count for which, through the pathways that are published."""
    counts = (
        select(StepItem.achievement_id, Pathway.achievement_id)
        .join(StepItem.step)
        .join(PathwayStep.pathway)
        .where(
            StepItem.achievement_id.is_not(None),
            Pathway.achievement_id.is_not(None),
            Pathway.published_at.is_not(None),
        )
    )
    return {(item, reached) for item, reached in db.execute(counts)}


def choices_for(db: Session, provider: Provider, words: str) -> list[Choice]:
    """Return what a provider may put into a step, by name: what it offers, and badges.

    :param words: some of the name. Without any, what is its own; with some, badges of other
        organisations of the same city too.
    """
    own = select(Opportunity).where(_may_be_chosen(provider), _named(Opportunity.title, words))
    badges = (
        select(Achievement)
        .join(Achievement.issuer)
        .options(contains_eager(Achievement.issuer))
        .where(
            or_(Provider.id == provider.id, _is_checked_beside(provider) if words else false()),
            _named(Achievement.name, words),
            is_newest(),
        )
    )
    most = _MOST_FOUND if words else _MOST_SHOWN
    found_here = db.scalars(own.order_by(Opportunity.title, Opportunity.id).limit(most))
    is_others = Provider.id != provider.id
    found_there = badges.order_by(is_others, Achievement.name, Achievement.id).limit(most)
    return [
        *(Choice(opportunity=each) for each in found_here),
        *(Choice(achievement=each) for each in db.scalars(found_there)),
    ]


def chosen(db: Session, provider: Provider, keys: Collection[str]) -> dict[str, Choice]:
    """Return what a form names, by the name: what is not the provider's to choose is absent.

    What it offered once may stay where it is chosen already.
    """
    slugs = {kind: [key[2:] for key in keys if key.startswith(kind)] for kind in ("a:", "b:")}
    own = select(Opportunity).where(
        Opportunity.slug.in_(slugs["a:"]), Opportunity.provider_id == provider.id
    )
    badges = (
        select(Achievement)
        .join(Achievement.issuer)
        .options(contains_eager(Achievement.issuer))
        .where(Achievement.slug.in_(slugs["b:"]), is_newest(), Provider.city_id == provider.city_id)
    )
    found = [
        *(Choice(opportunity=each) for each in db.scalars(own)),
        *(Choice(achievement=each) for each in db.scalars(badges)),
    ]
    return {choice.key: choice for choice in found}


def _listed() -> Select[Pathway]:
    """Return the question for pathways, each with what a line of a list says."""
    return select(Pathway).options(
        joinedload(Pathway.provider, innerjoin=True),
        joinedload(Pathway.achievement),
        selectinload(Pathway.steps),
    )


def _whole() -> Select[Pathway]:
    """Return the question for pathways, each with all that its page says."""
    of_items = selectinload(Pathway.steps).selectinload(PathwayStep.items)
    return _listed().options(
        of_items.joinedload(StepItem.opportunity),
        of_items.joinedload(StepItem.achievement).joinedload(Achievement.issuer),
    )


def _adverts(pathway: Pathway) -> Select[PathwayAdvert]:
    of_it = select(PathwayAdvert).where(PathwayAdvert.slug == pathway.slug)
    return of_it.order_by(PathwayAdvert.closes_on, PathwayAdvert.id)


def _open() -> tuple[ColumnElement[bool], ...]:
    return Pathway.published_at.is_not(None), Pathway.ended_at.is_(None)


def _is_watched() -> ColumnElement[bool]:
    return or_(PathwayStart.left_at.is_(None), PathwayStart.gave_badge_at.is_not(None))


def _may_be_chosen(provider: Provider) -> ColumnElement[bool]:
    return and_(
        Opportunity.provider_id == provider.id,
        Opportunity.status == OpportunityStatus.PUBLISHED,
    )


def _is_checked_beside(provider: Provider) -> ColumnElement[bool]:
    return and_(Provider.city_id == provider.city_id, Provider.status == ProviderStatus.VERIFIED)


def _named(column, words: str) -> ColumnElement[bool]:
    return func.lower(column).contains(words.lower(), autoescape=True)


def _came(db: Session, learner: User) -> dict[int, Came]:
    confirmed = (
        select(
            Opportunity.id,
            Opportunity.provider_id,
            func.sum(Attendance.minutes),
            func.min(ScheduledSession.starts_at),
            func.max(ScheduledSession.ends_at),
        )
        .select_from(Attendance)
        .join(Attendance.booking)
        .join(Booking.scheduled_session)
        .join(ScheduledSession.opportunity)
        .where(Booking.learner_id == learner.id, Attendance.withdrawn_at.is_(None))
        .group_by(Opportunity.id, Opportunity.provider_id)
    )
    return {
        opportunity_id: Came(provider_id, int(minutes), (began, ended))
        for opportunity_id, provider_id, minutes, began, ended in db.execute(confirmed)
    }


def _held(db: Session, learner: User) -> dict[int, Span]:
    """Return what is held under each of its versions: a pathway may name an earlier one, or a later."""
    named = aliased(Achievement)
    held = (
        select(
            named.id,
            AchievementCredential.activity_started_at,
            AchievementCredential.activity_ended_at,
        )
        .join(AchievementCredential.achievement)
        .join(named, named.slug == Achievement.slug)
        .where(
            AchievementCredential.recipient_id == learner.id,
            AchievementCredential.revoked_at.is_(None),
        )
    )
    return {key: (began, ended) for key, began, ended in db.execute(held)}


def _written(db: Session, learner: User) -> dict[int, tuple[str, datetime]]:
    written = (
        select(StepWords.step_id, StepWords.words, StepWords.written_at)
        .join(PathwayStart, StepWords.start_id == PathwayStart.id)
        .where(PathwayStart.learner_id == learner.id)
    )
    return {step_id: (words, at) for step_id, words, at in db.execute(written)}
