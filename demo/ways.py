"""A pathway of the demo's own provider, on which Seren has set out."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from app.clock import LONDON
from badges.models import Achievement, Skill, Strand
from badges.service import define_achievement
from geo.models import City
from opportunities.models import Opportunity, OpportunityStatus
from pathways.adverts import add_advert
from pathways.keeping import Plan, StepPlan, lay_out, publish
from pathways.models import StepKind
from pathways.queries import Choice
from pathways.service import set_out
from providers.models import Provider, ProviderMember, ProviderStatus

_LAID_OUT_AGO, _SET_OUT_AGO = timedelta(days=60), timedelta(days=20)
_THINGS, _BADGES = 4, 3
#: Where it can lead: what it is, whose, its page, and in how many days it closes.
_ADVERTS = (
    ("Apprentice youth worker", "Bay Youth Trust", "youth-worker", 24),
    ("Saturday job in the café of the arts centre", "Harbour Arts", "saturday-cafe", 10),
    ("Apprenticeship in stage and sound", "The Old Lifeboat Theatre", "stage-sound", 55),
)


def lay_out_one(db: Session, city: City, walker: User, now: datetime) -> None:
    """Let the city's first provider have a pathway made of what there is, and a learner start it."""
    provider, keeper = _first_provider(db, city)
    if provider is None or keeper is None:
        return
    badge = define_achievement(
        db,
        issuer=provider,
        name="Found My Thing",
        description="Tried several things, kept at some of them, and can say what came of it.",
        criteria="Take all the steps of the pathway “Find your thing”.",
        strand=Strand.EXPLORE,
        level=2,
        skills=[Skill.ADAPTING, Skill.PLANNING],
    )
    plan = Plan(
        title="Find your thing",
        description=(
            "Not sure what you like? Try a few things with us and with others nearby, stay with what"
            " feels right, and tell yourself what came of it.\nThere is no order and no hurry."
        ),
        min_age=11,
        max_age=24,
        achievement=badge,
        steps=_steps(db, city, provider),
    )
    laid_out_at = now - _LAID_OUT_AGO
    pathway = lay_out(db, provider=provider, laid_by=keeper, plan=plan)
    publish(db, pathway=pathway, published_by=keeper, now=laid_out_at)
    set_out(db, learner=walker, pathway=pathway, now=now - _SET_OUT_AGO)
    today = now.astimezone(LONDON).date()
    for title, offered_by, page, days in _ADVERTS:
        add_advert(
            db,
            pathway=pathway,
            added_by=keeper,
            title=title,
            offered_by=offered_by,
            address=f"https://jobs.example.org/{page}",
            closes_on=today + timedelta(days=days),
            today=today,
        )


def _steps(db: Session, city: City, provider: Provider) -> list[StepPlan]:
    things = [Choice(opportunity=each) for each in _things_of(db, provider)]
    badges = [Choice(achievement=each) for each in _badges_of_others(db, city, provider)]
    steps = [
        StepPlan("Stay with it", StepKind.HOURS, hours=6),
        StepPlan("Say what came of it", StepKind.EVIDENCE),
    ]
    if badges:
        steps.insert(0, StepPlan("Look around the city", StepKind.ANY_OF, 1, items=badges))
    if things:
        needed = min(2, len(things))
        steps.insert(0, StepPlan("Try something here", StepKind.ANY_OF, needed, items=things))
    return steps


def _first_provider(db: Session, city: City) -> tuple[Provider | None, User | None]:
    first = (
        select(Provider)
        .filter_by(city_id=city.id, status=ProviderStatus.VERIFIED)
        .order_by(Provider.id)
        .limit(1)
    )
    provider = db.scalar(first)
    if provider is None:
        return None, None
    admin = (
        select(User)
        .join(ProviderMember, ProviderMember.user_id == User.id)
        .where(ProviderMember.provider_id == provider.id, ProviderMember.role == "admin")
        .order_by(User.id)
        .limit(1)
    )
    return provider, db.scalar(admin)


def _things_of(db: Session, provider: Provider) -> list[Opportunity]:
    offered = select(Opportunity).filter_by(
        provider_id=provider.id, status=OpportunityStatus.PUBLISHED
    )
    by_title = {each.title: each for each in db.scalars(offered.order_by(Opportunity.id.desc()))}
    return sorted(by_title.values(), key=lambda each: each.id)[:_THINGS]


def _badges_of_others(db: Session, city: City, provider: Provider) -> list[Achievement]:
    others = (
        select(Achievement)
        .join(Achievement.issuer)
        .where(
            Provider.city_id == city.id,
            Provider.id != provider.id,
            Provider.status == ProviderStatus.VERIFIED,
        )
        .order_by(Achievement.id)
        .limit(_BADGES)
    )
    return list(db.scalars(others))
