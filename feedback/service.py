"""The rules of feedback: who may give it, what may not stand in it, and how it goes on as a dialogue.

There is no private line: officers can read every word, and so can those who see the learner's record.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from accounts.access import AUTHORITY_ROLES
from accounts.models import User
from accounts.queries import officers_of
from app.db import lock
from app.errors import Conflict, NotFound
from app.links import token_hash as hash_token
from app.links import token_of
from app.screening import find
from badges.models import Skill
from concerns.models import ConcernKind, Urgency
from concerns.service import Receipt, Words, raise_concern
from enquiries.models import MessageState
from enquiries.rules import asks_for_a_secret, refuse_ways_to_reach
from feedback.about import About, about_of, title_of
from feedback.models import (
    Feedback,
    FeedbackLook,
    FeedbackReply,
    FeedbackRequest,
    GiverKind,
)
from feedback.news import feedback_given
from feedback.queries import (
    booking_to_speak_of,
    city_of_learner,
    everything_said,
    feedback_for,
    feedback_for_officer,
    link_to_write,
    may_write,
    own_feedback,
    own_request,
    request_for,
    said_since,
)
from notices.kinds import NoticeKind
from notices.service import tell
from supporters.models import SupporterLink, SupportScope
from supporters.queries import allows, link_between, supporters_of
from supporters.service import refuse_name

#: Tells these addresses from others.
LINK_KIND = "feedback"
#: So long somebody can answer what a learner asks.
ASKED_FOR = timedelta(days=14)
#: So long it goes on as a dialogue.
OPEN_FOR = timedelta(days=30)
BOX_LENGTH = 600
WORDS_LENGTH = REASON_LENGTH = 300
#: After a learner's answer, the giver answers so often.
ANSWERS_IN_A_ROW = 2
#: Of one adult to one learner, and of one learner in one dialogue, within a day.
MOST_A_DAY = 5
#: So much of what a learner asks may wait at once.
MOST_OPEN = 20
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Boxes:
    """What an adult says. One box at least says something."""

    what_went_well: str = ""
    even_better_if: str = ""
    try_next: str = ""
    skills: Collection[Skill] = ()

    @property
    def words(self) -> list[str]:
        return [self.what_went_well, self.even_better_if, self.try_next]


def ask_by_link(
    db: Session,
    *,
    learner: User,
    about: About,
    secret: str,
    now: datetime,
    again: Feedback | None = None,
) -> FeedbackRequest:
    """Make an address by which one adult can say something, once. Asking twice gives the same. Flushes.

    :raises Conflict: much waits already.
    """
    lock(db, User, learner.id)
    if waiting := _waiting(db, learner, None, about, now):
        return waiting
    _refuse_many(db, learner, now)
    key = uuid4()
    token = token_of(key, secret=secret, kind=LINK_KIND)
    return _ask(db, learner, about, now, again, uuid=key, token_hash=hash_token(token))


def ask_supporter(
    db: Session,
    *,
    learner: User,
    link_uuid: UUID,
    about: About,
    now: datetime,
    again: Feedback | None = None,
) -> FeedbackRequest:
    """Ask one of those who help to look at something. Asking twice gives the same. Flushes.

    :raises NotFound: nobody such helps the learner now.
    :raises Conflict: they may not write, or much waits already.
    """
    lock(db, User, learner.id)
    link = next((each for each in supporters_of(db, learner, now) if each.uuid == link_uuid), None)
    if link is None or link.adult is None:
        raise NotFound(_("We cannot find that."))
    if not allows(link, SupportScope.COMMENT):
        raise Conflict(_("They may not write feedback. You can change that first."))
    if waiting := _waiting(db, learner, link.adult, about, now):
        return waiting
    _refuse_many(db, learner, now)
    asked = _ask(db, learner, about, now, again, uuid=uuid4(), asked_of=link.adult)
    _tell(db, link.adult, NoticeKind.FEEDBACK_ASKED, f"{asked.uuid}", "/support/feedback", now)
    return asked


def ask_again(
    db: Session, *, learner: User, uuid: UUID, secret: str, now: datetime
) -> FeedbackRequest:
    """Ask for another look at the same: of who gave it, or by a new address where they cannot. Flushes.

    :raises NotFound: no such feedback of theirs.
    """
    feedback = own_feedback(db, learner, uuid)
    giver = feedback.giver
    link = link_between(db, giver, learner, now) if giver else None
    about = about_of(feedback)
    if link is None or not allows(link, SupportScope.COMMENT):
        return ask_by_link(db, learner=learner, about=about, secret=secret, now=now, again=feedback)
    return ask_supporter(
        db, learner=learner, link_uuid=link.uuid, about=about, now=now, again=feedback
    )


def stop_asking(db: Session, *, learner: User, uuid: UUID, now: datetime) -> None:
    """Take back what a learner asks. Flushes.

    :raises NotFound: no such thing, or it is over.
    """
    lock(db, User, learner.id)
    own_request(db, learner, uuid, now).ended_at = now
    db.flush()


def give(
    db: Session,
    *,
    adult: User,
    learner_uuid: UUID,
    boxes: Boxes,
    now: datetime,
    request_uuid: UUID | None = None,
) -> Feedback:
    """Keep what a supporter says: about what they were asked, or nothing in particular. Flushes.

    Words that may ask for a secret are held: the learner does not see them, officers do.

    :raises NotFound: they do not help such a learner, may not write, or were not asked that.
    :raises Conflict: nothing is said, it holds a way to be reached, or they said much today.
    """
    link = link_to_write(db, adult, learner_uuid, now)
    asked = _asked_of(db, adult, link, request_uuid, now) if request_uuid else None
    return _keep(
        db,
        learner=link.learner,
        boxes=boxes,
        about=about_of(asked) if asked else About(),
        asked=asked,
        now=now,
        giver=adult,
        giver_kind=GiverKind(link.kind.value),
        giver_name=adult.name,
        giver_role=link.provider.name if link.provider else "",
    )


def give_as_organiser(
    db: Session, *, member: User, booking_uuid: UUID, boxes: Boxes, now: datetime
) -> Feedback:
    """Keep what somebody at the door says of a session to which the learner came lately. Flushes.

    :raises NotFound: nobody such came to a session of their organisation.
    :raises Conflict: as `give`.
    """
    booking = booking_to_speak_of(db, member, booking_uuid, now)
    return _keep(
        db,
        learner=booking.learner,
        boxes=boxes,
        about=About(booking=booking),
        asked=None,
        now=now,
        giver=member,
        giver_kind=GiverKind.ORGANISER,
        giver_name=member.name,
        giver_role=booking.scheduled_session.opportunity.provider.name,
    )


def give_by_link(
    db: Session, *, token_hash: str, name: str, role: str, boxes: Boxes, now: datetime
) -> Feedback:
    """Keep what an adult without an account says, once. Flushes.

    :raises NotFound: the address asks nothing, or nothing any more.
    :raises Conflict: as `give`; or the name or the role holds what must not stand there.
    """
    asked = request_for(db, token_hash, now)
    if asked is None:
        raise NotFound(no_longer_asked())
    if find([name, role]):
        raise Conflict(_("Write only your name and how you know them: no number, no address."))
    return _keep(
        db,
        learner=asked.learner,
        boxes=boxes,
        about=about_of(asked),
        asked=asked,
        now=now,
        giver=None,
        giver_kind=GiverKind.GUEST,
        giver_name=name,
        giver_role=role,
    )


def mark_seen(db: Session, *, learner: User, uuid: UUID, now: datetime) -> Feedback:
    """Return what was said to a learner, and keep when they first read it. Flushes.

    :raises NotFound: no such feedback of theirs.
    """
    feedback = own_feedback(db, learner, uuid)
    if feedback.seen_at is None:
        feedback.seen_at = now
        db.flush()
    return feedback


def put_away(db: Session, *, learner: User, uuid: UUID, is_hidden: bool, now: datetime) -> Feedback:
    """Put feedback away, so that nobody else sees it, or show it again. Flushes.

    :raises NotFound: no such feedback of theirs.
    """
    feedback = own_feedback(db, learner, uuid)
    feedback.hidden_at = (feedback.hidden_at or now) if is_hidden else None
    db.flush()
    return feedback


def answer(db: Session, *, learner: User, uuid: UUID, words: str, now: datetime) -> FeedbackReply:
    """Let a learner answer what was said to them. Flushes.

    :raises NotFound: no such feedback of theirs.
    :raises Conflict: nothing is said, it is closed, it holds a way to be reached, or that is enough today.
    """
    lock(db, User, learner.id)
    feedback = own_feedback(db, learner, uuid)
    _refuse_closed(feedback, now)
    _refuse_words(words)
    today = [
        each for each in said_since(db, feedback) if each.from_learner and each.said_at > now - _DAY
    ]
    if len(today) >= MOST_A_DAY:
        raise Conflict(_("That is enough for today. You can write more tomorrow."))
    if asks_for_a_secret(words):
        raise Conflict(_("Please leave out secrets. If something worries you, report it."))
    reply = _reply(db, feedback, words, now, from_learner=True)
    if feedback.giver is not None:
        path = f"/support/feedback/{feedback.uuid}"
        _tell(db, feedback.giver, NoticeKind.FEEDBACK_ANSWERED, f"{reply.uuid}", path, now)
    return reply


def answer_as_giver(
    db: Session, *, adult: User, uuid: UUID, words: str, now: datetime
) -> FeedbackReply:
    """Let the giver answer a learner, twice at most until the learner writes again. Flushes.

    Words that may ask for a secret are held.

    :raises NotFound: they did not write it, or may not write to that learner any more.
    :raises Conflict: nothing is said, it is closed, it holds a way to be reached, or it is not their turn.
    """
    feedback = feedback_for(db, adult, uuid, now)
    if not may_write(db, adult, feedback, now):
        raise NotFound(_("We cannot find that."))
    lock(db, Feedback, feedback.id)
    _refuse_closed(feedback, now)
    _refuse_words(words)
    said = said_since(db, feedback)
    last = [each.from_learner for each in said[-ANSWERS_IN_A_ROW:]]
    if not any(last):
        raise Conflict(_("You have answered. Now it is the young person's turn."))
    reply = _reply(
        db, feedback, words, now, from_learner=False, state=_state_of(db, feedback.learner, [words])
    )
    if reply.state is MessageState.HELD:
        _tell_officers(db, feedback.learner, reply.uuid, now)
    else:
        _tell_learner(db, feedback, f"{reply.uuid}", now)
    return reply


def look(db: Session, *, officer: User, uuid: UUID, reason: str, now: datetime) -> FeedbackLook:
    """Let an officer read all of one dialogue, for a reason that is kept and the learner can read. Flushes.

    :raises NotFound: no such feedback in the officer's city.
    :raises Conflict: the reason is none, or the learner must not read it.
    """
    feedback = feedback_for_officer(db, officer, uuid)
    if not 5 <= len(reason) <= REASON_LENGTH:
        raise Conflict(_("Say in 5 to 300 characters why you look."))
    if find([reason]):
        raise Conflict(_("The young person reads this. Say only why you look."))
    seen = FeedbackLook(
        feedback_id=feedback.id,
        officer_id=officer.id,
        officer_name=officer.name,
        reason=reason,
        looked_at=now,
    )
    db.add(seen)
    db.flush()
    return seen


def decide(db: Session, *, officer: User, uuid: UUID, is_fine: bool, now: datetime) -> None:
    """Let held words through, or stop them for good: those of a feedback, or of an answer. Flushes.

    :raises NotFound: nothing such in the officer's city.
    :raises Conflict: it is not held any more.
    """
    held = _held(db, Feedback, uuid) or _held(db, FeedbackReply, uuid)
    if held is None:
        raise NotFound(_("We cannot find that."))
    feedback = held if isinstance(held, Feedback) else held.feedback
    feedback_for_officer(db, officer, feedback.uuid)
    if held.state is not MessageState.HELD:
        raise Conflict(_("Somebody has decided on it already."))
    held.state = MessageState.RELEASED if is_fine else MessageState.STOPPED
    held.decided_by_id, held.decided_at = officer.id, now
    db.flush()
    if is_fine:
        _tell_learner(db, feedback, f"{uuid}", now)
        if held is feedback:
            feedback_given.send(feedback.learner, db=db, feedback=feedback)


def report(
    db: Session,
    *,
    feedback: Feedback,
    words: str,
    urgency: Urgency,
    key: str,
    secret: str,
    now: datetime,
) -> Receipt:
    """Raise a concern about what was said, with all that was said. Flushes.

    The giver is not told, and nobody of their organisation reads it.

    :param feedback: as `own_feedback` or `feedback_for` returned it: so whoever reports may read it.
    :raises Conflict: no city looks after the learner.
    """
    city = city_of_learner(db, feedback.learner)
    if city is None:
        raise Conflict(_("No council looks after this here. Use the page for concerns."))
    link = _link_of_giver(db, feedback)
    provider = link.provider if link else None
    if feedback.booking is not None and feedback.giver_kind is GiverKind.ORGANISER:
        provider = feedback.booking.scheduled_session.opportunity.provider
    said = "\n\n".join(filter(None, (words, everything_said(db, feedback))))
    about = ", ".join(filter(None, (feedback.giver_name, feedback.giver_role, title_of(feedback))))
    return raise_concern(
        db,
        city=city,
        kind=ConcernKind.MESSAGE,
        urgency=urgency,
        words=Words(happened=said, about=about),
        provider=provider,
        key=key,
        secret=secret,
        now=now,
    )


def is_open(feedback: Feedback, now: datetime) -> bool:
    """Say whether it still goes on as a dialogue."""
    return now < feedback.given_at + OPEN_FOR


def request_token(asked: FeedbackRequest, *, secret: str) -> str:
    """Return what the address carries by which one adult answers."""
    return token_of(asked.uuid, secret=secret, kind=LINK_KIND)


def no_longer_asked() -> str:
    """Return what an address says that asks nothing any more."""
    return _("This link has been used, has ended, or was never there. Ask for a new one.")


def _keep(
    db: Session,
    *,
    learner: User,
    boxes: Boxes,
    about: About,
    asked: FeedbackRequest | None,
    now: datetime,
    giver: User | None,
    giver_kind: GiverKind,
    giver_name: str,
    giver_role: str,
) -> Feedback:
    # Held, so that nobody says more than that in a day however fast they tap.
    lock(db, User, learner.id)
    _refuse_boxes(boxes)
    if giver is not None:
        refuse_name(giver)
        _refuse_much(db, learner, giver, now)
    feedback = Feedback(
        uuid=uuid4(),
        learner=learner,
        giver=giver,
        giver_kind=giver_kind,
        giver_name=giver_name[:80],
        giver_role=giver_role[:80],
        what_went_well=boxes.what_went_well,
        even_better_if=boxes.even_better_if,
        try_next=boxes.try_next,
        skills=[skill for skill in Skill if skill in boxes.skills],
        given_at=now,
        state=_state_of(db, learner, boxes.words),
        **about.columns(),
    )
    db.add(feedback)
    db.flush()
    if asked is not None:
        _answered(db, asked, feedback, now)
    if feedback.state is MessageState.HELD:
        _tell_officers(db, learner, feedback.uuid, now)
    else:
        _tell_learner(db, feedback, f"{feedback.uuid}", now)
        feedback_given.send(learner, db=db, feedback=feedback)
    return feedback


def _answered(db: Session, asked: FeedbackRequest, feedback: Feedback, now: datetime) -> None:
    # One statement, so that of two answers to one question one is kept.
    kept = (
        update(FeedbackRequest)
        .where(
            FeedbackRequest.id == asked.id,
            FeedbackRequest.answered_at.is_(None),
            FeedbackRequest.ended_at.is_(None),
            FeedbackRequest.expires_at > now,
        )
        .values(answered_at=now, feedback_id=feedback.id)
        .returning(FeedbackRequest.id)
    )
    if db.scalar(kept) is None:
        raise NotFound(no_longer_asked())
    db.refresh(asked)


def _state_of(db: Session, learner: User, words: Sequence[str]) -> MessageState:
    has_officers = city_of_learner(db, learner) is not None
    # Where no council looks after a child, nobody else could read what an adult writes to them.
    if not has_officers and not (learner.age_band and learner.age_band.is_adult):
        raise Conflict(_("No council looks after this here, so nobody else could read it."))
    if not any(map(asks_for_a_secret, words)):
        return MessageState.SENT
    if not has_officers:
        raise Conflict(_("Please leave out whatever sounds like a secret."))
    return MessageState.HELD


def _ask(
    db: Session,
    learner: User,
    about: About,
    now: datetime,
    again: Feedback | None,
    **how,
) -> FeedbackRequest:
    asked = FeedbackRequest(
        learner=learner,
        again=again,
        asked_at=now,
        expires_at=now + ASKED_FOR,
        **about.columns(),
        **how,
    )
    db.add(asked)
    db.flush()
    return asked


def _waiting(
    db: Session, learner: User, asked_of: User | None, about: About, now: datetime
) -> FeedbackRequest | None:
    same = select(FeedbackRequest).where(
        FeedbackRequest.learner_id == learner.id,
        FeedbackRequest.asked_of_id == asked_of.id
        if asked_of
        else FeedbackRequest.asked_of_id.is_(None),
        FeedbackRequest.booking_id.is_not_distinct_from(_id(about.booking)),
        FeedbackRequest.logged_activity_id.is_not_distinct_from(_id(about.logged_activity)),
        FeedbackRequest.credential_id.is_not_distinct_from(_id(about.credential)),
        FeedbackRequest.answered_at.is_(None),
        FeedbackRequest.ended_at.is_(None),
        FeedbackRequest.expires_at > now,
    )
    return db.scalar(same.limit(1))


def _id(row) -> int | None:
    return row.id if row is not None else None


def _asked_of(
    db: Session, adult: User, link: SupporterLink, uuid: UUID, now: datetime
) -> FeedbackRequest:
    asked = db.scalar(
        select(FeedbackRequest).filter_by(
            uuid=uuid, asked_of_id=adult.id, learner_id=link.learner_id
        )
    )
    if asked is None or asked.answered_at or asked.ended_at or asked.expires_at <= now:
        raise NotFound(_("We cannot find that."))
    return asked


def _held(db: Session, model, uuid: UUID):
    return db.scalar(select(model).filter_by(uuid=uuid).with_for_update(of=model))


def _reply(
    db: Session,
    feedback: Feedback,
    words: str,
    now: datetime,
    *,
    from_learner: bool,
    state: MessageState = MessageState.SENT,
) -> FeedbackReply:
    reply = FeedbackReply(
        uuid=uuid4(),
        feedback=feedback,
        from_learner=from_learner,
        words=words,
        state=state,
        said_at=now,
    )
    db.add(reply)
    db.flush()
    return reply


def _refuse_boxes(boxes: Boxes) -> None:
    if not any(boxes.words):
        raise Conflict(_("Write something in one of the boxes."))
    if any(len(words) > BOX_LENGTH for words in boxes.words):
        raise Conflict(_("Use %(number)s characters or fewer.", number=BOX_LENGTH))
    # Each by itself: what ends one box and begins the next is no number.
    for words in boxes.words:
        refuse_ways_to_reach(words)


def _refuse_words(words: str) -> None:
    if not words:
        raise Conflict(_("Write something."))
    if len(words) > WORDS_LENGTH:
        raise Conflict(_("Use %(number)s characters or fewer.", number=WORDS_LENGTH))
    refuse_ways_to_reach(words)


def _refuse_closed(feedback: Feedback, now: datetime) -> None:
    if not is_open(feedback, now):
        raise Conflict(_("This is closed: it is more than 30 days old."))


def _refuse_much(db: Session, learner: User, giver: User, now: datetime) -> None:
    today = select(func.count()).where(
        Feedback.learner_id == learner.id,
        Feedback.giver_id == giver.id,
        Feedback.given_at > now - _DAY,
    )
    if (db.scalar(today) or 0) >= MOST_A_DAY:
        raise Conflict(_("That is enough for one young person today."))


def _refuse_many(db: Session, learner: User, now: datetime) -> None:
    waiting = select(func.count()).where(
        FeedbackRequest.learner_id == learner.id,
        FeedbackRequest.answered_at.is_(None),
        FeedbackRequest.ended_at.is_(None),
        FeedbackRequest.expires_at > now,
    )
    if (db.scalar(waiting) or 0) >= MOST_OPEN:
        raise Conflict(_("Many of your questions still wait. End one of them first."))


def _link_of_giver(db: Session, feedback: Feedback) -> SupporterLink | None:
    """Return the giver's link to the learner, also one that is over: a concern is about then."""
    ever = select(SupporterLink).filter_by(
        learner_id=feedback.learner_id, adult_id=feedback.giver_id
    )
    is_known = feedback.giver_id is not None
    return db.scalar(ever.order_by(SupporterLink.id.desc()).limit(1)) if is_known else None


def _tell(db: Session, to: User, kind: NoticeKind, about: str, path: str, now: datetime) -> None:
    tell(db, to=to, kind=kind, key=f"{kind}:{about}", values={"path": path}, now=now)


def _tell_learner(db: Session, feedback: Feedback, about: str, now: datetime) -> None:
    path = f"/me/feedback/{feedback.uuid}"
    _tell(db, feedback.learner, NoticeKind.FEEDBACK_GIVEN, about, path, now)


def _tell_officers(db: Session, learner: User, about: UUID, now: datetime) -> None:
    city = city_of_learner(db, learner)
    for officer in officers_of(db, city.id) if city else ():
        if officer.role in AUTHORITY_ROLES:
            _tell(db, officer, NoticeKind.ANSWER_HELD, f"{about}", "/authority/feedback", now)
