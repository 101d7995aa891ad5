"""Who helps Seren and others of the demo, and what those adults wrote."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import AgeBand, Role, User
from accounts.queries import user_by_email
from badges.models import Skill
from demo.cast import address_of
from feedback import service as feedback
from feedback.about import About, choices_of, read_about
from feedback.service import Boxes
from geo.models import Area, City
from supporters import groups
from supporters import service as supporters
from supporters.models import PageKind, SupporterLink, SupportKind, SupportScope
from supporters.service import Lasting

_EVERYTHING = tuple(SupportScope)
_IN_THE_GROUP = 6
_GROUP = "Thursday crew"
_WELL = Boxes(
    what_went_well="You showed two younger ones where to begin, before anybody asked you to.",
    try_next="Next time, let one of them explain it back to you.",
    skills=[Skill.LEADERSHIP, Skill.LISTENING],
)
_BETTER = Boxes(
    what_went_well="You kept the tools in order and knew where each one was.",
    even_better_if="You asked for help a little earlier: the last part was too heavy for one.",
    skills=[Skill.PLANNING],
)
_OF_THE_DOOR = Boxes(
    what_went_well="When the rain came you moved everything inside without being told.",
    try_next="Bring one idea of your own next week.",
    skills=[Skill.PROBLEM_SOLVING],
)
_ANSWER = "Thanks. I was not sure they wanted me to. I will try that on Thursday."
_ANSWERED = "They asked when you come again. Tell me how it goes."


def help_some(db: Session, city: City, seren: User, *, secret: str, now: datetime) -> None:
    """Let Seren have a coach, a youth worker and a parent, with feedback, and others a group. Flushes."""
    month_ago, week_ago = now - timedelta(days=30), now - timedelta(days=7)
    coach, parent, leader = (
        user_by_email(db, address_of(role, city.slug))
        for role in (Role.SUPPORTER, Role.GUARDIAN, Role.PROVIDER_ADMIN)
    )
    if coach is None or parent is None or leader is None:
        return
    _link(db, seren, coach, SupportKind.COACH, _EVERYTHING, secret, month_ago)
    if seren.age_band is not AgeBand.FROM_18_TO_24:
        seen = (SupportScope.SEE_RECORD,)
        _link(db, seren, parent, SupportKind.GUARDIAN, seen, secret, month_ago)
    _gather(db, city, seren, leader, secret, month_ago)
    _say(db, seren, coach, week_ago, now, secret)
    supporters.note_look(db, adult=coach, learner=seren, page=PageKind.RECORD, now=week_ago)
    # One adult has taken an invitation up, and waits for her yes.
    waits = supporters.invite(
        db,
        learner=seren,
        kind=SupportKind.CAREERS_ADVISER,
        scopes=(SupportScope.SEE_RECORD, SupportScope.SEE_PLANS),
        secret=secret,
        now=now,
    )
    staff = user_by_email(db, address_of(Role.PROVIDER_STAFF, city.slug))
    if staff is not None:
        supporters.take_up(db, adult=staff, token_hash=waits.token_hash, now=now)


def _link(
    db: Session,
    learner: User,
    adult: User,
    kind: SupportKind,
    scopes: Sequence[SupportScope],
    secret: str,
    now: datetime,
) -> SupporterLink:
    link = supporters.invite(db, learner=learner, kind=kind, scopes=scopes, secret=secret, now=now)
    supporters.take_up(db, adult=adult, token_hash=link.token_hash, now=now)
    return supporters.agree(db, learner=learner, uuid=link.uuid, lasting=Lasting.YEAR, now=now)


def _gather(db: Session, city: City, seren: User, leader: User, secret: str, now: datetime) -> None:
    """Let some learners join a group, Seren among them."""
    group = groups.make_group(db, owner=leader, name=_GROUP, secret=secret, now=now)
    code = groups.code_of(group, secret=secret)
    for number, learner in enumerate([seren, *_others(db, city, seren)]):
        groups.join(
            db,
            learner=learner,
            code=code,
            scopes=_EVERYTHING[3:] if number % 2 else (_EVERYTHING[0], _EVERYTHING[3]),
            lasting=Lasting.YEAR,
            secret=secret,
            now=now,
        )


def _others(db: Session, city: City, seren: User) -> Sequence[User]:
    districts = [district.district_code for district in city.districts]
    living_there = (
        select(User)
        .join(Area, Area.lsoa_code == User.home_lsoa_code)
        .where(User.role == Role.LEARNER, User.id != seren.id, Area.district_code.in_(districts))
        .order_by(User.id)
        .limit(_IN_THE_GROUP)
    )
    return db.scalars(living_there).all()


def _say(
    db: Session, seren: User, coach: User, week_ago: datetime, now: datetime, secret: str
) -> None:
    """Let adults say what they saw of what Seren went to, and Seren answer one of them."""
    came = [read_about(db, seren, key) for key, _title in choices_of(db, seren, now)]
    first, second, third = (*came, About(), About(), About())[:3]
    link = supporters.link_between(db, coach, seren, week_ago)
    assert link is not None
    asked = feedback.ask_supporter(
        db, learner=seren, link_uuid=link.uuid, about=first, now=week_ago
    )
    said = feedback.give(
        db,
        adult=coach,
        learner_uuid=seren.uuid,
        boxes=_WELL,
        now=week_ago,
        request_uuid=asked.uuid,
    )
    feedback.answer(
        db, learner=seren, uuid=said.uuid, words=_ANSWER, now=week_ago + timedelta(days=1)
    )
    feedback.answer_as_giver(
        db, adult=coach, uuid=said.uuid, words=_ANSWERED, now=week_ago + timedelta(days=2)
    )
    for about, boxes, name, role in (
        (second, _BETTER, "Delyth Morgan", "leads the repair café"),
        (third, _OF_THE_DOOR, "Sam Adeyemi", "runs the community garden"),
    ):
        link_out = feedback.ask_by_link(db, learner=seren, about=about, secret=secret, now=week_ago)
        assert link_out.token_hash is not None
        feedback.give_by_link(
            db, token_hash=link_out.token_hash, name=name, role=role, boxes=boxes, now=week_ago
        )
    # What she asks now, and nobody has answered.
    feedback.ask_supporter(db, learner=seren, link_uuid=link.uuid, about=second, now=now)
