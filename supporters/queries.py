"""Who helps whom at this instant. Whether a link holds is asked here, and nowhere else."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from accounts.models import ADULT_BANDS, AgeBand, Role, User
from app.errors import NotFound
from geo.models import Area, City
from geo.queries import lies_in
from providers.models import ProviderMember
from providers.standing import trusted
from supporters.models import (
    SupporterBlock,
    SupporterGroup,
    SupporterGroupMember,
    SupporterLink,
    SupporterLook,
    SupportKind,
    SupportScope,
)

_MOST_LOOKS = 100
_adult = aliased(User, name="adult")
_learner = aliased(User, name="supported")


def holding(now: datetime) -> Select[SupporterLink]:
    """Return the question for links that hold now, each with its two people and the organisation.

    Two said yes and it is in force, nobody ended it, it has not run out, no officer blocks it, both
    accounts are open, the adult still acts for the organisation and that is trusted; and a guardian
    is one of somebody under 18. A link to an account that the adult made holds before its yes: it
    lets them write, and see nothing.
    """
    return (
        select(SupporterLink)
        .join(SupporterLink.adult.of_type(_adult))
        .join(SupporterLink.learner.of_type(_learner))
        .outerjoin(SupporterLink.provider)
        .options(
            contains_eager(SupporterLink.adult.of_type(_adult)),
            contains_eager(SupporterLink.learner.of_type(_learner)),
            contains_eager(SupporterLink.provider),
        )
        .where(
            SupporterLink.ended_at.is_(None),
            SupporterLink.expires_at > now,
            or_(SupporterLink.takes_effect_at <= now, _is_before_a_yes()),
            or_(
                SupporterLink.kind != SupportKind.GUARDIAN,
                _learner.age_band.not_in(ADULT_BANDS),
            ),
            _adult.disabled_at.is_(None),
            _learner.disabled_at.is_(None),
            or_(SupporterLink.provider_id.is_(None), and_(trusted(now), _is_in_team())),
            ~_is_blocked(SupporterLink.learner_id, SupporterLink.adult_id),
        )
    )


def link_between(db: Session, adult: User, learner: User, now: datetime) -> SupporterLink | None:
    """Return the link by which an adult helps a learner now, if there is one."""
    between = holding(now).where(
        SupporterLink.adult_id == adult.id, SupporterLink.learner_id == learner.id
    )
    return db.scalar(between)


def may(db: Session, adult: User, learner: User, scope: SupportScope, now: datetime) -> bool:
    """Say whether a learner lets an adult do this now."""
    link = link_between(db, adult, learner, now)
    return link is not None and allows(link, scope)


def allows(link: SupporterLink, scope: SupportScope) -> bool:
    """Say whether a link that holds lets its adult do this.

    A guardian of a child under 13 sees the record, whatever was ticked.
    """
    if link.agreed_at is None:
        return scope is SupportScope.COMMENT
    return scope in link.scopes or (scope is SupportScope.SEE_RECORD and guards_a_child(link))


def guards_a_child(link: SupporterLink) -> bool:
    """Say whether a link is that of a guardian to somebody under 13, who looks after it with them."""
    return is_guardian(link) and link.learner.age_band is AgeBand.FROM_11_TO_12


def is_guardian(link: SupporterLink) -> bool:
    return link.kind is SupportKind.GUARDIAN and link.agreed_at is not None


def supported_by(db: Session, adult: User, now: datetime) -> Sequence[SupporterLink]:
    """Return whom an adult helps now, by first name."""
    own = holding(now).where(SupporterLink.adult_id == adult.id)
    return db.scalars(own.order_by(_learner.name, SupporterLink.id)).all()


def link_to(db: Session, adult: User, learner_uuid: UUID, now: datetime) -> SupporterLink:
    """Return the link by which an adult helps the learner of an address.

    :raises NotFound: there is no such learner, or the adult does not help them: the two look alike.
    """
    found = db.scalar(
        holding(now).where(SupporterLink.adult_id == adult.id, _learner.uuid == learner_uuid)
    )
    if found is None:
        raise NotFound(_("We cannot find that."))
    return found


def supporters_of(db: Session, learner: User, now: datetime) -> Sequence[SupporterLink]:
    """Return who helps a learner now, the first agreed first."""
    own = holding(now).where(SupporterLink.learner_id == learner.id)
    return db.scalars(own.order_by(SupporterLink.id)).all()


def guardians_of(db: Session, learner: User, now: datetime) -> list[User]:
    """Return whose guardian's link to a learner holds now."""
    return [
        link.adult for link in supporters_of(db, learner, now) if is_guardian(link) and link.adult
    ]


def open_links_of(db: Session, learner: User) -> Sequence[SupporterLink]:
    """Return every link of a learner that nobody has ended, whether it holds or not, first asked first."""
    return db.scalars(_own_links(learner).where(SupporterLink.ended_at.is_(None))).all()


def ended_links_of(db: Session, learner: User) -> Sequence[SupporterLink]:
    """Return the links of a learner that are over and once had an adult, the last first."""
    over = _own_links(learner).where(
        SupporterLink.ended_at.is_not(None), SupporterLink.adult_id.is_not(None)
    )
    return db.scalars(over.order_by(None).order_by(SupporterLink.ended_at.desc()).limit(20)).all()


def own_link(db: Session, learner: User, uuid: UUID) -> SupporterLink:
    """Return one link of a learner's own that nobody has ended.

    :raises NotFound: there is none, it is over, or it is somebody else's: they look alike.
    """
    found = db.scalar(
        _own_links(learner).where(SupporterLink.uuid == uuid, SupporterLink.ended_at.is_(None))
    )
    if found is None:
        raise NotFound(_("We cannot find that."))
    return found


def invitation_for(db: Session, token_hash: str, now: datetime) -> SupporterLink | None:
    """Return the invitation that an address opens, if nobody has taken it up, ended it, or let it lapse."""
    waits = select(SupporterLink).where(
        SupporterLink.token_hash == token_hash,
        SupporterLink.adult_id.is_(None),
        SupporterLink.ended_at.is_(None),
        SupporterLink.invited_until > now,
    )
    return db.scalar(waits.options(joinedload(SupporterLink.learner)))


def taken_up_by(db: Session, adult: User) -> Sequence[SupporterLink]:
    """Return where an adult waits for the learner's yes."""
    waits = select(SupporterLink).where(
        SupporterLink.adult_id == adult.id,
        SupporterLink.ended_at.is_(None),
        SupporterLink.agreed_at.is_(None),
        ~SupporterLink.is_by_adult,
    )
    return db.scalars(waits.options(joinedload(SupporterLink.learner))).all()


def first_yes_of(db: Session, learner: User) -> SupporterLink | None:
    """Return the link of an account that an adult made, while the learner has not said yes or no."""
    waits = select(SupporterLink).where(
        SupporterLink.learner_id == learner.id,
        SupporterLink.is_by_adult,
        SupporterLink.agreed_at.is_(None),
        SupporterLink.ended_at.is_(None),
    )
    return db.scalar(
        waits.options(joinedload(SupporterLink.adult), joinedload(SupporterLink.group))
    )


def looks_at(db: Session, learner: User) -> Sequence[SupporterLook]:
    """Return which adults looked at a learner's pages, the last first."""
    looks = select(SupporterLook).filter_by(learner_id=learner.id)
    newest = looks.order_by(SupporterLook.looked_on.desc(), SupporterLook.id.desc())
    return db.scalars(newest.limit(_MOST_LOOKS)).all()


def groups_of(db: Session, owner: User) -> list[tuple[SupporterGroup, int]]:
    """Return the groups that an adult keeps, by name, each with how many learners are in it."""
    number = (
        select(func.count())
        .where(SupporterGroupMember.group_id == SupporterGroup.id)
        .scalar_subquery()
    )
    own = (
        select(SupporterGroup, number)
        .where(SupporterGroup.owner_id == owner.id, SupporterGroup.ended_at.is_(None))
        .order_by(SupporterGroup.name, SupporterGroup.id)
    )
    return [(group, members) for group, members in db.execute(own)]


def own_group(db: Session, owner: User, uuid: UUID) -> SupporterGroup:
    """Return a group that an adult keeps.

    :raises NotFound: there is none, it is over, or it is somebody else's: they look alike.
    """
    own = select(SupporterGroup).filter_by(uuid=uuid, owner_id=owner.id, ended_at=None)
    group = db.scalar(own.options(joinedload(SupporterGroup.provider)))
    if group is None:
        raise NotFound(_("We cannot find that group."))
    return group


def links_in(db: Session, group: SupporterGroup, now: datetime) -> Sequence[SupporterLink]:
    """Return the links that hold between a group's owner and the learners in it, by first name."""
    inside = holding(now).where(
        SupporterLink.adult_id == group.owner_id,
        SupporterLink.learner_id.in_(
            select(SupporterGroupMember.learner_id).filter_by(group_id=group.id)
        ),
    )
    return db.scalars(inside.order_by(_learner.name, SupporterLink.id)).all()


def joined_groups(db: Session, learner: User) -> Sequence[SupporterGroup]:
    """Return the groups that a learner is in, by name, each with its owner."""
    joined = (
        select(SupporterGroup)
        .join(SupporterGroupMember, SupporterGroupMember.group_id == SupporterGroup.id)
        .where(SupporterGroupMember.learner_id == learner.id, SupporterGroup.ended_at.is_(None))
        .options(joinedload(SupporterGroup.owner), joinedload(SupporterGroup.provider))
    )
    return db.scalars(joined.order_by(SupporterGroup.name, SupporterGroup.id)).all()


def group_with_code(db: Session, code_hash: str, now: datetime) -> SupporterGroup | None:
    """Return the group that a code lets a learner into, while its organisation is trusted."""
    found = (
        select(SupporterGroup)
        .join(SupporterGroup.owner)
        .join(SupporterGroup.provider)
        .where(
            SupporterGroup.code_hash == code_hash,
            SupporterGroup.ended_at.is_(None),
            User.disabled_at.is_(None),
            trusted(now),
        )
        .options(contains_eager(SupporterGroup.owner), contains_eager(SupporterGroup.provider))
    )
    return db.scalar(found)


def blocks_before_officer(db: Session, officer: User) -> Sequence[SupporterBlock]:
    """Return which adults officers keep from which learners of the city, those that hold first."""
    blocks = (
        select(SupporterBlock)
        .join(SupporterBlock.learner)
        .where(User.home_lsoa_code.in_(_homes_in(officer.city)))
        .options(joinedload(SupporterBlock.adult), contains_eager(SupporterBlock.learner))
        .order_by(SupporterBlock.lifted_at.is_not(None), SupporterBlock.blocked_at.desc())
    )
    return db.scalars(blocks.limit(100)).all()


def learner_before_officer(db: Session, officer: User, pass_code: str) -> User | None:
    """Return the learner of the officer's own city whose pass this is."""
    found = select(User).where(
        User.role == Role.LEARNER,
        User.pass_code == pass_code,
        User.home_lsoa_code.in_(_homes_in(officer.city)),
    )
    return db.scalar(found)


def is_blocked(db: Session, learner: User, adult: User) -> bool:
    """Say whether an officer keeps an adult from a learner now."""
    return bool(db.scalar(select(_is_blocked(learner.id, adult.id))))


def grown_up(db: Session) -> Sequence[SupporterLink]:
    """Return the guardians' links of learners who are 18 or over by now, each held."""
    over = (
        select(SupporterLink)
        .join(SupporterLink.learner)
        .where(
            SupporterLink.kind == SupportKind.GUARDIAN,
            SupporterLink.ended_at.is_(None),
            SupporterLink.adult_id.is_not(None),
            User.age_band.in_(ADULT_BANDS),
        )
        .options(contains_eager(SupporterLink.learner))
        .order_by(SupporterLink.id)
    )
    return db.scalars(over.with_for_update(of=SupporterLink)).all()


def never_used(db: Session, now: datetime) -> Sequence[User]:
    """Return the learners whose account an adult made, and who never came to say yes or no."""
    unused = (
        select(User)
        .join(SupporterLink, SupporterLink.learner_id == User.id)
        .where(
            SupporterLink.is_by_adult,
            SupporterLink.agreed_at.is_(None),
            SupporterLink.ended_at.is_(None),
            SupporterLink.expires_at <= now,
        )
    )
    return db.scalars(unused.order_by(User.id)).all()


def _own_links(learner: User) -> Select[SupporterLink]:
    return (
        select(SupporterLink)
        .where(SupporterLink.learner_id == learner.id)
        .options(
            joinedload(SupporterLink.adult),
            joinedload(SupporterLink.provider),
            joinedload(SupporterLink.group),
        )
        .order_by(SupporterLink.id)
    )


def _is_before_a_yes() -> ColumnElement[bool]:
    return and_(SupporterLink.is_by_adult, SupporterLink.agreed_at.is_(None))


def _is_in_team() -> ColumnElement[bool]:
    return (
        select(ProviderMember.user_id)
        .where(
            ProviderMember.provider_id == SupporterLink.provider_id,
            ProviderMember.user_id == SupporterLink.adult_id,
            ProviderMember.ended_at.is_(None),
        )
        .exists()
    )


def _is_blocked(learner_id, adult_id) -> ColumnElement[bool]:
    return (
        select(SupporterBlock.id)
        .where(
            SupporterBlock.learner_id == learner_id,
            SupporterBlock.adult_id == adult_id,
            SupporterBlock.lifted_at.is_(None),
        )
        .exists()
    )


def _homes_in(city: City | None) -> Select[str]:
    found = select(Area.lsoa_code)
    return found.where(lies_in(city)) if city else found.where(false())
