"""What is known of questions and answers. Whoever asks is named, and sees only what is theirs."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import Select, false, func, select, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, contains_eager

from accounts.access import AUTHORITY_ROLES
from accounts.models import User
from app.clock import LONDON
from app.errors import NotAllowed, NotFound
from app.wording import label
from enquiries.models import Enquiry, EnquiryLook, EnquiryMessage, MessageState
from opportunities.models import Opportunity
from providers.models import MemberRole, Provider, ProviderMember
from providers.queries import role_in
from providers.standing import is_trusted

_MOST = 100


def own_enquiry(db: Session, learner: User, uuid: UUID) -> Enquiry:
    """Return a learner's own enquiry, with what it is about.

    :raises NotFound: there is none, or it is somebody else's: the two look alike.
    """
    found = db.scalar(_enquiries().where(Enquiry.uuid == uuid, Enquiry.learner_id == learner.id))
    if found is None:
        raise NotFound(_("We cannot find that question."))
    return found


def own_enquiries(db: Session, learner: User) -> Sequence[Enquiry]:
    """Return what a learner asked, the last first."""
    mine = _enquiries().where(Enquiry.learner_id == learner.id)
    return db.scalars(mine.order_by(Enquiry.asked_at.desc(), Enquiry.id.desc()).limit(_MOST)).all()


def said_to_learner(db: Session, enquiry: Enquiry) -> list[EnquiryMessage]:
    """Return what a learner sees of an enquiry, in order: nothing that is held or was stopped."""
    return [each for each in said_in(db, enquiry) if each.reaches_learner]


def said_in(db: Session, enquiry: Enquiry) -> Sequence[EnquiryMessage]:
    """Return all that was said in an enquiry, in order: for its team and for officers."""
    said = select(EnquiryMessage).filter_by(enquiry_id=enquiry.id)
    return db.scalars(said.order_by(EnquiryMessage.sent_at, EnquiryMessage.id)).all()


def everything_said(db: Session, enquiry: Enquiry) -> str:
    """Return all that was said as text, with who and when."""
    return "\n".join(
        f"[{each.sent_at.astimezone(LONDON):%Y-%m-%d %H:%M}] "
        f"{each.author_name or '-'}: {words_of(each)} ({each.state.value})"
        for each in said_in(db, enquiry)
    )


def words_of(message: EnquiryMessage) -> str:
    """Return what a message says, in the reader's language where the words are ours."""
    chosen = message.question or message.answer
    return " ".join(filter(None, (label(chosen) if chosen else "", message.words)))


def looks_at(db: Session, enquiry: Enquiry) -> Sequence[EnquiryLook]:
    """Return which officers read an enquiry, and why, the first first."""
    looks = select(EnquiryLook).filter_by(enquiry_id=enquiry.id)
    return db.scalars(looks.order_by(EnquiryLook.looked_at, EnquiryLook.id)).all()


def inbox_of(db: Session, member: User, provider: Provider, *, now: datetime) -> Sequence[Enquiry]:
    """Return what an organisation is asked, the last first.

    :raises NotFound: the member does not read it.
    :raises NotAllowed: the organisation is not trusted now.
    """
    _refuse_strangers(db, member, provider, now)
    asked = _enquiries().where(Opportunity.provider_id == provider.id)
    return db.scalars(asked.order_by(Enquiry.asked_at.desc(), Enquiry.id.desc()).limit(_MOST)).all()


def awaiting_answer(db: Session, enquiries: Sequence[Enquiry]) -> set[int]:
    """Return which of these enquiries end with the learner's words, by their ids."""
    last = (
        select(EnquiryMessage.enquiry_id, EnquiryMessage.from_learner)
        .where(EnquiryMessage.enquiry_id.in_([each.id for each in enquiries]))
        .ext(distinct_on(EnquiryMessage.enquiry_id))
        .order_by(
            EnquiryMessage.enquiry_id, EnquiryMessage.sent_at.desc(), EnquiryMessage.id.desc()
        )
    )
    return {enquiry_id for enquiry_id, from_learner in db.execute(last) if from_learner}


def enquiry_for_team(db: Session, member: User, uuid: UUID, *, now: datetime) -> Enquiry:
    """Return an enquiry that a member's own organisation is asked.

    :raises NotFound: there is none, or the member does not read it: the two look alike.
    :raises NotAllowed: the organisation is not trusted now.
    """
    found = db.scalar(_enquiries().where(Enquiry.uuid == uuid))
    if found is None:
        raise NotFound(_("We cannot find that question."))
    _refuse_strangers(db, member, found.opportunity.provider, now)
    return found


def enquiries_before_officer(db: Session, officer: User) -> list[tuple[Enquiry, int, int]]:
    """Return what young people of the officer's city asked: the enquiry, how much was said, how much is held.

    Not what an organisation was asked that the officer is or was in. What waits for an officer is
    first, then the last said.
    """
    held = func.count().filter(EnquiryMessage.state == MessageState.HELD)
    said = (
        select(
            EnquiryMessage.enquiry_id,
            func.count().label("said"),
            held.label("held"),
            func.max(EnquiryMessage.sent_at).label("last_at"),
        )
        .group_by(EnquiryMessage.enquiry_id)
        .subquery()
    )
    found = (
        _for_officer(officer)
        .join(said, said.c.enquiry_id == Enquiry.id)
        .add_columns(said.c.said, said.c.held)
        .order_by((said.c.held > 0).desc(), said.c.last_at.desc())
        .limit(_MOST)
    )
    return [(enquiry, number, waiting) for enquiry, number, waiting in db.execute(found)]


def enquiry_for_officer(db: Session, officer: User, uuid: UUID) -> Enquiry:
    """Return an enquiry that an officer may read, once they have said why.

    :raises NotFound: there is none, it is of another city, or about their own organisation.
    """
    found = db.scalar(_for_officer(officer).where(Enquiry.uuid == uuid))
    if found is None:
        raise NotFound(_("We cannot find that question."))
    return found


def is_insider(db: Session, user: User, provider: Provider) -> bool:
    """Say whether somebody is or ever was in an organisation."""
    return db.get(ProviderMember, (provider.id, user.id)) is not None


def _for_officer(officer: User) -> Select[Enquiry]:
    inside = select(ProviderMember.provider_id).where(ProviderMember.user_id == officer.id)
    return _enquiries().where(
        true() if officer.role in AUTHORITY_ROLES else false(),
        Provider.city_id == officer.city_id,
        Provider.id.not_in(inside),
    )


def _enquiries() -> Select[Enquiry]:
    about = contains_eager(Enquiry.opportunity)
    return (
        select(Enquiry)
        .join(Enquiry.opportunity)
        .join(Opportunity.provider)
        .join(Enquiry.learner)
        .options(about.contains_eager(Opportunity.provider), contains_eager(Enquiry.learner))
    )


def _refuse_strangers(db: Session, member: User, provider: Provider, now: datetime) -> None:
    part = role_in(db, member, provider)
    if part is None or part is MemberRole.DOOR:
        raise NotFound(_("We cannot find that question."))
    if not is_trusted(provider, now):
        raise NotAllowed(_("Questions are closed while your organisation is not checked."))
