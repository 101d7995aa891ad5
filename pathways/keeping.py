"""The rules of laying out a pathway: drafts, publishing, ending, and the next version."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from slugify import slugify
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import User
from app.db import lock
from app.errors import Conflict, NotAllowed
from badges.models import Achievement
from pathways.models import MOST_ITEMS, MOST_STEPS, Pathway, PathwayStep, StepItem, StepKind
from pathways.queries import Choice, is_started, leads_on, next_version, open_version
from providers.models import Provider
from providers.queries import speaks_for


@dataclass(frozen=True)
class StepPlan:
    """One step, as its organisation wants it."""

    title: str
    kind: StepKind
    needed: int | None = None
    hours: int | None = None
    items: Sequence[Choice] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A pathway, as its organisation wants it."""

    title: str
    description: str
    min_age: int
    max_age: int
    achievement: Achievement | None = None
    steps: Sequence[StepPlan] = ()


def lay_out(db: Session, *, provider: Provider, laid_by: User, plan: Plan) -> Pathway:
    """Keep a new pathway as a draft, which nobody else sees. Flushes.

    :raises NotAllowed: `laid_by` does not speak for the provider.
    :raises Conflict: something in it is not the provider's to choose, or too much.
    """
    _refuse_strangers(db, laid_by, provider)
    pathway = Pathway(
        slug=f"{slugify(plan.title, max_length=60) or 'pathway'}-{secrets.token_hex(3)}",
        provider=provider,
    )
    _follow(db, pathway, plan)
    return pathway


def change(db: Session, *, pathway: Pathway, changed_by: User, plan: Plan) -> None:
    """Lay a pathway out anew, as long as nobody has set out on it. Flushes.

    :raises NotAllowed: `changed_by` does not speak for the provider.
    :raises Conflict: somebody has started it, or it has ended; it is published, and nobody could
        finish it any more; or something in it is not the provider's to choose.
    """
    _hold(db, pathway, changed_by)
    if is_started(db, pathway):
        raise Conflict(_("Somebody has started this pathway, so it stays as it is."))
    if pathway.ended_at is not None:
        raise Conflict(_("This pathway has ended, so it stays as it is."))
    _follow(db, pathway, plan)
    if pathway.published_at is not None:
        _refuse_unfinishable(db, pathway)


def publish(db: Session, *, pathway: Pathway, published_by: User, now: datetime) -> None:
    """Let anyone see a pathway and set out on it; nobody sets out on its earlier version any more.

    Twice is harmless. Flushes.

    :raises NotAllowed: `published_by` does not speak for the provider.
    :raises Conflict: nobody could finish it.
    """
    _hold(db, pathway, published_by)
    if pathway.published_at is not None:
        return
    _refuse_unfinishable(db, pathway)
    earlier = open_version(db, pathway.slug)
    if earlier is not None:
        earlier.ended_at = now
        db.flush()
    pathway.published_at = now
    db.flush()


def end(db: Session, *, pathway: Pathway, ended_by: User, now: datetime) -> None:
    """Let nobody set out on a pathway any more; who has, may finish. Twice is harmless. Flushes.

    :raises NotAllowed: `ended_by` does not speak for the provider.
    """
    _hold(db, pathway, ended_by)
    current = open_version(db, pathway.slug)
    if current is not None:
        current.ended_at = now
        db.flush()


def make_next(db: Session, *, pathway: Pathway, made_by: User) -> Pathway:
    """Make a draft of the next version, which begins as a copy. Flushes.

    :raises NotAllowed: `made_by` does not speak for the provider.
    :raises Conflict: it is a draft itself, or has a next version.
    """
    _hold(db, pathway, made_by)
    if pathway.published_at is None:
        raise Conflict(_("This version is not published yet: change it instead."))
    if next_version(db, pathway) is not None:
        raise Conflict(_("There is a next version already."))
    following = Pathway(
        slug=pathway.slug,
        version=pathway.version + 1,
        earlier_id=pathway.id,
        provider=pathway.provider,
    )
    _follow(db, following, plan_of(pathway))
    return following


def drop_draft(db: Session, *, pathway: Pathway, dropped_by: User) -> None:
    """Delete a version that was never published. Flushes.

    :raises NotAllowed: `dropped_by` does not speak for the provider.
    :raises Conflict: it was published.
    """
    _hold(db, pathway, dropped_by)
    if pathway.published_at is not None:
        raise Conflict(_("It was published, so it cannot be deleted. You can end it."))
    db.delete(pathway)
    db.flush()


def plan_of(pathway: Pathway) -> Plan:
    """Return a pathway as it is laid out."""
    return Plan(
        title=pathway.title,
        description=pathway.description,
        min_age=pathway.min_age,
        max_age=pathway.max_age,
        achievement=pathway.achievement,
        steps=[
            StepPlan(
                title=step.title,
                kind=step.kind,
                needed=step.needed,
                hours=step.hours,
                items=[Choice(item.opportunity, item.achievement) for item in step.items],
            )
            for step in pathway.steps
        ],
    )


def why_unfinishable(step: StepPlan | PathwayStep) -> str:
    """Return why nobody could do a step, or nothing."""
    if step.kind is StepKind.ANY_OF and len(step.items) < (step.needed or 1):
        return _("Choose at least as many things as the step asks for.")
    return ""


def _follow(db: Session, pathway: Pathway, plan: Plan) -> None:
    _refuse_what_is_not_theirs(pathway.provider, plan)
    pathway.title, pathway.description = plan.title, plan.description
    pathway.min_age, pathway.max_age = plan.min_age, plan.max_age
    pathway.achievement = plan.achievement
    db.add(pathway)
    pathway.steps.clear()
    db.flush()
    pathway.steps = [
        PathwayStep(
            position=position,
            title=step.title,
            kind=step.kind,
            needed=step.needed,
            hours=step.hours,
            items=[
                StepItem(position=place, opportunity=each.opportunity, achievement=each.achievement)
                for place, each in enumerate(step.items, start=1)
            ],
        )
        for position, step in enumerate(plan.steps, start=1)
    ]
    db.flush()


def _refuse_what_is_not_theirs(provider: Provider, plan: Plan) -> None:
    if len(plan.steps) > MOST_STEPS or any(len(step.items) > MOST_ITEMS for step in plan.steps):
        raise Conflict(_("A pathway has 12 steps at most, and each step 10 things."))
    if plan.min_age > plan.max_age:
        raise Conflict(_("The youngest age is above the oldest."))
    if plan.achievement is not None and plan.achievement.issuer_id != provider.id:
        raise Conflict(_("The badge at the end is one of your own."))
    for each in (each for step in plan.steps for each in step.items):
        if not _may_choose(provider, each):
            raise Conflict(_("Choose your own activities, and badges from your city."))
        if each.achievement is not None and each.achievement == plan.achievement:
            raise Conflict(_("The badge at the end cannot be part of a step."))
    for step in plan.steps:
        has_badges = any(each.achievement for each in step.items)
        is_of_words = step.kind is StepKind.EVIDENCE
        if (is_of_words and step.items) or (step.kind is StepKind.HOURS and has_badges):
            raise Conflict(_("Only activities count towards hours, and only words for words."))


def _may_choose(provider: Provider, choice: Choice) -> bool:
    if choice.opportunity is not None:
        return choice.opportunity.provider_id == provider.id
    return choice.achievement is not None and choice.achievement.issuer.city_id == provider.city_id


def _refuse_unfinishable(db: Session, pathway: Pathway) -> None:
    if not pathway.steps:
        raise Conflict(_("Add a step first."))
    for step in pathway.steps:
        if refusal := why_unfinishable(step):
            raise Conflict(f"{step.title}: {refusal}")
    # One at a time, so that two which lead to each other do not pass by each other here.
    db.execute(select(func.pg_advisory_xact_lock(func.hashtext("pathways.publish"), 0)))
    if pathway.achievement_id in _reached_from(db, pathway):
        raise Conflict(_("The badge at the end leads back to a badge that a step asks for."))


def _reached_from(db: Session, pathway: Pathway) -> set[int]:
    """Return the badges that a step asks for, and all that have to come before those."""
    asked = {item.achievement_id for step in pathway.steps for item in step.items}
    before = leads_on(db)
    while more := {item for item, reached in before if reached in asked} - asked:
        asked |= more
    return {each for each in asked if each is not None}


def _hold(db: Session, pathway: Pathway, keeper: User) -> None:
    """Keep a pathway from being started or changed meanwhile, for who speaks for its provider."""
    lock(db, Pathway, pathway.id)
    _refuse_strangers(db, keeper, pathway.provider)


def _refuse_strangers(db: Session, user: User, provider: Provider) -> None:
    if not speaks_for(db, user, provider):
        raise NotAllowed(_("You cannot act for this organisation."))
