"""Badges that are given by themselves to whoever did enough, also to those who did it long before."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import Select, and_, any_, func, or_, select
from sqlalchemy.orm import Session, aliased

from accounts.models import User
from app.db import lock
from app.errors import Conflict, NotFound
from app.jobs import defer
from awards.models import AwardRule, AwardRuleBadge, RuleKind
from badges.models import Achievement, AchievementCredential
from badges.queries import achievement_named, credential_of
from badges.service import award, let_go
from opportunities.models import Opportunity, ScheduledSession
from participation.locks import hold_learner
from participation.models import Attendance, Booking

#: Kept with a badge that was taken back because what its rule counted is there no more.
NOT_ENOUGH_NOW = (
    "Something that counted for this badge was withdrawn, so it is not enough any more."
)
#: More in one rule nobody understands.
MOST_COUNTED = 20


@dataclass(frozen=True)
class Enough:
    """That somebody did enough, and between which times they did it."""

    learner_id: int
    started_at: datetime
    ended_at: datetime


def make_rule(
    db: Session,
    *,
    achievement: Achievement,
    made_by: User,
    kind: RuleKind,
    needed: int,
    opportunities: Collection[Opportunity] = (),
    badges: Collection[Achievement] = (),
    now: datetime,
) -> AwardRule:
    """Let a badge be given by itself from now on, and to all who did enough before. Flushes.

    :param opportunities: whose sessions or hours count; none stands for all of the organisation's.
    :param badges: which badges count; the badge itself is none of them.
    :raises Conflict: there is a rule already, it asks for more badges than it counts, or for its own.
    """
    lock(db, Achievement, achievement.id)
    if rule_of(db, achievement) is not None:
        raise Conflict(_("This badge has a rule. Stop that one first."))
    counted = badges if kind is RuleKind.BADGES else opportunities
    if len(counted) > MOST_COUNTED:
        raise Conflict(_("Choose %(number)s or fewer.", number=MOST_COUNTED))
    if kind is RuleKind.BADGES:
        _require_enough_badges(achievement, badges, needed)
    rule = AwardRule(
        achievement=achievement,
        kind=kind,
        needed=needed,
        made_by_id=made_by.id,
        made_at=now,
        opportunities=list(opportunities) if kind is not RuleKind.BADGES else [],
        badges=list(badges) if kind is RuleKind.BADGES else [],
    )
    db.add(rule)
    db.flush()
    defer(db, "awards.look_back", rule_id=rule.id)
    return rule


def end_rule(db: Session, *, achievement: Achievement, now: datetime) -> None:
    """Let a badge be given by itself no more. Whoever has it keeps it. Twice is harmless. Flushes."""
    rule = rule_of(db, achievement)
    if rule is not None:
        rule.ended_at = now
        db.flush()


def rule_of(db: Session, achievement: Achievement) -> AwardRule | None:
    """Return the rule by which a badge is given now, in whichever version it was made for."""
    return db.scalar(
        select(AwardRule)
        .join(AwardRule.achievement)
        .where(Achievement.slug == achievement.slug, AwardRule.ended_at.is_(None))
    )


def learners_with_enough(db: Session, rule: AwardRule) -> Sequence[int]:
    """Return who did enough for a rule, by id, whether or not they hold its badge."""
    return [enough.learner_id for enough in _enough(db, rule)]


def may_matter_to(db: Session, learner: User) -> bool:
    """Say whether any rule could count what this learner did, or has given them a badge. One question."""
    return bool(db.scalar(select(_that_matter_to(learner.id).exists())))


def settle(db: Session, *, learner: User, now: datetime) -> list[AchievementCredential]:
    """Give a learner what rules say they earned, take back what stands by a rule no more. Flushes.

    Returns what is new. Done again, it changes nothing. One badge can be what another rule counts, so
    it is gone through until nothing changes.
    """
    hold_learner(db, learner)
    given: list[AchievementCredential] = []
    while True:
        changed = [
            badge
            for rule in db.scalars(_that_matter_to(learner.id).order_by(AwardRule.id))
            if (badge := _settle_rule(db, rule, learner, now)) is not None
        ]
        if not changed:
            return [badge for badge in dict.fromkeys(given) if badge.revoked_at is None]
        given += changed


def settle_rule(
    db: Session, *, rule: AwardRule, learner: User, now: datetime
) -> AchievementCredential | None:
    """Give a learner the badge of one rule if they did enough; return it if it is new. Flushes."""
    hold_learner(db, learner)
    return _settle_rule(db, rule, learner, now)


def _settle_rule(
    db: Session, rule: AwardRule, learner: User, now: datetime
) -> AchievementCredential | None:
    """Return the badge that was given or taken back, if any was."""
    enough = next(iter(_enough(db, rule, learner.id)), None)
    held = credential_of(db, learner, rule.achievement)
    if enough is None:
        return _let_go(db, rule, held, now) if held else None
    stands = held is not None and _ground(rule) in held.grounds
    if stands or rule.ended_at is not None or (held and held.was_refused):
        return None
    was_held = held is not None and held.revoked_at is None
    given = _give(db, rule, learner, enough, now)
    return None if was_held else given


def _ground(rule: AwardRule) -> str:
    return f"rule:{rule.id}"


def _give(
    db: Session, rule: AwardRule, learner: User, enough: Enough, now: datetime
) -> AchievementCredential:
    return award(
        db,
        achievement=achievement_named(db, rule.achievement.slug) or rule.achievement,
        recipient=learner,
        evidence=_why(rule),
        activity_started_at=enough.started_at,
        activity_ended_at=enough.ended_at,
        ground=_ground(rule),
        now=now,
    )


def _let_go(
    db: Session, rule: AwardRule, held: AchievementCredential, now: datetime
) -> AchievementCredential | None:
    if _ground(rule) not in held.grounds:
        return None
    stood = held.revoked_at is None
    let_go(db, credential=held, ground=_ground(rule), reason=NOT_ENOUGH_NOW, now=now)
    return held if stood and held.revoked_at is not None else None


def _that_matter_to(learner_id: int) -> Select:
    """Ask for the rules that count something this learner did, and those that gave them a badge."""
    mine = AchievementCredential.recipient_id == learner_id
    gave = select(AchievementCredential.id).where(
        mine, func.concat("rule:", AwardRule.id) == any_(AchievementCredential.grounds)
    )
    slugs = select(Achievement.slug).join(
        AchievementCredential, AchievementCredential.achievement_id == Achievement.id
    )
    counting = select(AwardRuleBadge.rule_id).join(
        Achievement, AwardRuleBadge.achievement_id == Achievement.id
    )
    been_to = _came(learner_id).with_only_columns(Opportunity.provider_id)
    counts = or_(
        AwardRule.id.in_(counting.where(Achievement.slug.in_(slugs.where(mine)))),
        and_(
            AwardRule.kind != RuleKind.BADGES,
            AwardRule.achievement.has(Achievement.issuer_id.in_(been_to)),
        ),
    )
    live = and_(AwardRule.ended_at.is_(None), counts)
    return select(AwardRule).where(or_(gave.exists(), live))


def _enough(db: Session, rule: AwardRule, learner_id: int | None = None) -> Iterable[Enough]:
    asked = _badges_held(rule) if rule.kind is RuleKind.BADGES else _times_there(rule)
    if learner_id is not None:
        asked = asked.where(asked.selected_columns.learner_id == learner_id)
    return [Enough(*row) for row in db.execute(asked)]


def _times_there(rule: AwardRule) -> Select:
    """Ask who was there often or long enough, as providers confirmed it."""
    amount = func.count() if rule.kind is RuleKind.SESSIONS else func.sum(Attendance.minutes) / 60
    chosen = [opportunity.id for opportunity in rule.opportunities]
    counts = (
        Opportunity.id.in_(chosen)
        if chosen
        else Opportunity.provider_id == rule.achievement.issuer_id
    )
    return (
        _came()
        .where(counts)
        .with_only_columns(
            Booking.learner_id.label("learner_id"),
            func.min(ScheduledSession.starts_at),
            func.max(ScheduledSession.ends_at),
        )
        .group_by(Booking.learner_id)
        .having(amount >= rule.needed)
        .order_by(Booking.learner_id)
    )


def _came(learner_id: int | None = None) -> Select:
    came = (
        select(Booking)
        .join(Attendance, Attendance.booking_id == Booking.id)
        .join(Booking.scheduled_session)
        .join(ScheduledSession.opportunity)
        .where(Attendance.withdrawn_at.is_(None))
    )
    return came if learner_id is None else came.where(Booking.learner_id == learner_id)


def _badges_held(rule: AwardRule) -> Select:
    """Ask who holds enough of the badges, each once, in whichever version."""
    counted, held = aliased(Achievement), AchievementCredential
    slugs = [badge.slug for badge in rule.badges]
    return (
        select(
            held.recipient_id.label("learner_id"),
            func.min(held.activity_started_at),
            func.max(held.activity_ended_at),
        )
        .join(counted, held.achievement_id == counted.id)
        .where(counted.slug.in_(slugs), held.revoked_at.is_(None))
        .group_by(held.recipient_id)
        .having(func.count(counted.slug.distinct()) >= rule.needed)
        .order_by(held.recipient_id)
    )


def _require_enough_badges(
    achievement: Achievement, badges: Collection[Achievement], needed: int
) -> None:
    slugs = {badge.slug for badge in badges}
    if achievement.slug in slugs:
        raise Conflict(_("A badge cannot count for itself."))
    if needed > len(slugs):
        raise Conflict(_("That is more badges than you chose."))


def _why(rule: AwardRule) -> str:
    """Return why a badge was given, in the language of the badge, naming nobody."""
    issuer = rule.achievement.issuer.name
    if rule.kind is RuleKind.SESSIONS:
        return f"Came to {rule.needed} sessions or more, says {issuer}."
    if rule.kind is RuleKind.HOURS:
        return f"Was there for {rule.needed} hours or more, says {issuer}."
    return f"Earned {rule.needed} or more of the badges that count for this one."


def own_opportunities(db: Session, achievement: Achievement) -> Sequence[Opportunity]:
    """Return the activities of a badge's organisation that a rule can count, by name."""
    own = select(Opportunity).where(
        Opportunity.provider_id == achievement.issuer_id, Opportunity.published_at.is_not(None)
    )
    return db.scalars(own.order_by(Opportunity.title, Opportunity.id).limit(200)).all()


def giving_activities(db: Session, achievement: Achievement) -> Sequence[Opportunity]:
    """Return the activities that give a badge to whoever comes, by name."""
    giving = select(Opportunity).where(Opportunity.achievement_id == achievement.id)
    return db.scalars(giving.order_by(Opportunity.title, Opportunity.id).limit(200)).all()


def learner_numbered(db: Session, learner_id: int) -> User | None:
    """Return a learner for whom a job was taken on, unless they were erased meanwhile."""
    return db.get(User, learner_id)


def rule_numbered(db: Session, rule_id: int) -> AwardRule:
    """Return a rule for which a job was taken on.

    :raises NotFound: it is gone.
    """
    rule = db.get(AwardRule, rule_id)
    if rule is None:
        raise NotFound(_("We cannot find that rule."))
    return rule
