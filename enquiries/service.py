"""The rules of asking an organiser and of answering: every word is seen by several, or not passed on.

Nothing else goes from an adult to a young person in free words; see `docs/text-reach.md`.
"""

from datetime import datetime
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.access import AUTHORITY_ROLES
from accounts.models import Role, User
from accounts.queries import officers_of
from app.db import lock
from app.errors import Conflict, NotAllowed, NotFound
from concerns.models import ConcernKind, Urgency
from concerns.service import Receipt, Words, raise_concern
from enquiries import rules
from enquiries.models import (
    Enquiry,
    EnquiryLook,
    EnquiryMessage,
    MessageState,
    QuickAnswer,
    QuickQuestion,
)
from enquiries.queries import (
    enquiry_for_officer,
    enquiry_for_team,
    everything_said,
    is_insider,
    own_enquiry,
)
from notices.kinds import NoticeKind
from notices.service import tell
from opportunities.models import Opportunity
from opportunities.queries import is_on_offer

WORDS_LENGTH = REASON_LENGTH = 300


def ask(
    db: Session,
    *,
    learner: User,
    opportunity: Opportunity,
    now: datetime,
    question: QuickQuestion | None = None,
    words: str = "",
) -> Enquiry:
    """Ask an organisation about something that is on offer. Flushes.

    Its team is told that there is a question; the words stay on the pages.

    :raises NotAllowed: `learner` is no learner.
    :raises NotFound: it is not on offer.
    :raises Conflict: nothing is asked, too few adults would see it, it holds a way to be reached,
        or the learner asked enough for a day.
    """
    if learner.role is not Role.LEARNER:
        raise NotAllowed(_("Only a young person with a pass can ask here."))
    if not is_on_offer(opportunity, now):
        raise NotFound(_("This is not on offer."))
    lock(db, User, learner.id)
    rules.refuse_too_many(db, learner, now, is_new=True)
    _refuse_nothing(question, words)
    rules.refuse_small_team(db, opportunity)
    rules.refuse_ways_to_reach(words)
    enquiry = Enquiry(uuid=uuid4(), learner=learner, opportunity=opportunity, asked_at=now)
    db.add(enquiry)
    db.flush()
    _say(db, enquiry, now=now, from_learner=True, question=question, words=words)
    _tell_team(db, enquiry, now)
    return enquiry


def ask_more(db: Session, *, learner: User, uuid: UUID, words: str, now: datetime) -> Enquiry:
    """Say more in one's own enquiry. Flushes.

    :raises NotFound: no such enquiry, or it is somebody else's.
    :raises Conflict: as `ask`, or it is closed.
    """
    lock(db, User, learner.id)
    enquiry = own_enquiry(db, learner, uuid)
    rules.refuse_closed(db, enquiry, now)
    rules.refuse_too_many(db, learner, now, is_new=False)
    _refuse_nothing(None, words)
    rules.refuse_small_team(db, enquiry.opportunity)
    rules.refuse_ways_to_reach(words)
    _say(db, enquiry, now=now, from_learner=True, words=words)
    _tell_team(db, enquiry, now)
    return enquiry


def answer(
    db: Session,
    *,
    member: User,
    uuid: UUID,
    now: datetime,
    answer: QuickAnswer | None = None,
    words: str = "",
) -> EnquiryMessage:
    """Answer for an organisation, before its whole team. Flushes.

    Words that may ask for a secret are held: the young person does not see them, officers do.

    :raises NotFound: no such enquiry, or the member does not read what its organisation is asked.
    :raises Conflict: nothing is said, it is closed, too few adults would see it, it holds a way to
        be reached, or it is the young person's turn.
    """
    found = enquiry_for_team(db, member, uuid, now=now)
    enquiry = lock(db, Enquiry, found.id)
    assert enquiry is not None
    rules.refuse_closed(db, enquiry, now)
    _refuse_nothing(answer, words)
    rules.refuse_small_team(db, enquiry.opportunity)
    rules.refuse_ways_to_reach(words)
    rules.refuse_out_of_turn(db, enquiry)
    is_held = rules.asks_for_a_secret(words)
    state = MessageState.HELD if is_held else MessageState.SENT
    said = _say(db, enquiry, now=now, author=member, answer=answer, words=words, state=state)
    if is_held:
        _tell_officers(db, enquiry, said, now)
    return said


def look(db: Session, *, officer: User, uuid: UUID, reason: str, now: datetime) -> EnquiryLook:
    """Let an officer read one enquiry, for a reason that is kept, and that the learner can see. Flushes.

    :raises NotFound: no such enquiry in the officer's city, or they are or were in the organisation.
    :raises Conflict: the reason is none, or the young person must not read it.
    """
    enquiry = enquiry_for_officer(db, officer, uuid)
    if not 5 <= len(reason) <= REASON_LENGTH:
        raise Conflict(_("Say in 5 to 300 characters why you look."))
    # The young person reads it.
    rules.refuse_ways_to_reach(reason)
    if rules.asks_for_a_secret(reason):
        raise Conflict(_("The young person reads this. Say only why you look."))
    seen = EnquiryLook(
        enquiry_id=enquiry.id,
        officer_id=officer.id,
        officer_name=officer.name,
        reason=reason,
        looked_at=now,
    )
    db.add(seen)
    db.flush()
    return seen


def decide(
    db: Session, *, officer: User, message_uuid: UUID, is_fine: bool, now: datetime
) -> EnquiryMessage:
    """Let a held answer through, or stop it for good. Flushes.

    :raises NotFound: no such answer in the officer's city, or they are or were in the organisation.
    :raises Conflict: it is not held any more.
    """
    message = db.scalar(select(EnquiryMessage).filter_by(uuid=message_uuid).with_for_update())
    if message is None:
        raise NotFound(_("We cannot find that."))
    enquiry_for_officer(db, officer, message.enquiry.uuid)
    if message.state is not MessageState.HELD:
        raise Conflict(_("Somebody has decided on it already."))
    message.state = MessageState.RELEASED if is_fine else MessageState.STOPPED
    message.decided_by_id, message.decided_at = officer.id, now
    db.flush()
    return message


def report(
    db: Session,
    *,
    by: User,
    uuid: UUID,
    words: str,
    urgency: Urgency,
    key: str,
    secret: str,
    now: datetime,
) -> Receipt:
    """Raise a concern about what was said, with all that was said. Flushes.

    The organisation is not told, and nobody who is or was in it reads it, even where one of its own
    team reports a colleague.

    :raises NotFound: no such enquiry, or it is neither the learner's nor the member's to read.
    """
    if by.role is Role.LEARNER:
        enquiry = own_enquiry(db, by, uuid)
    else:
        enquiry = enquiry_for_team(db, by, uuid, now=now)
    provider = enquiry.opportunity.provider
    happened = "\n\n".join(filter(None, (words, everything_said(db, enquiry))))
    return raise_concern(
        db,
        city=provider.city,
        kind=ConcernKind.MESSAGE,
        urgency=urgency,
        words=Words(happened=happened, about=f"{enquiry.opportunity.title}, {provider.name}"),
        provider=provider,
        key=key,
        secret=secret,
        now=now,
    )


def _say(db: Session, enquiry: Enquiry, *, now: datetime, author: User | None = None, **said):
    message = EnquiryMessage(
        uuid=uuid4(),
        enquiry=enquiry,
        sent_at=now,
        from_learner=said.pop("from_learner", False),
        author_id=author.id if author else None,
        author_name=author.name if author else "",
        **said,
    )
    db.add(message)
    db.flush()
    return message


def _refuse_nothing(chosen: QuickQuestion | QuickAnswer | None, words: str) -> None:
    if chosen is None and not words:
        raise Conflict(_("Choose one, or write something."))
    if len(words) > WORDS_LENGTH:
        raise Conflict(_("Use %(number)s characters or fewer.", number=WORDS_LENGTH))


def _tell_team(db: Session, enquiry: Enquiry, now: datetime) -> None:
    opportunity = enquiry.opportunity
    for member in rules.readers_in(db, opportunity.provider):
        tell(
            db,
            to=member.user,
            kind=NoticeKind.QUESTION_ASKED,
            # Once a day: who is asked three things in a row is not written to three times.
            key=f"question:{enquiry.uuid}:{now.date()}",
            values={
                "title": opportunity.title,
                "organisation": opportunity.provider.name,
                "path": f"/provide/questions/{enquiry.uuid}",
            },
            now=now,
        )


def _tell_officers(db: Session, enquiry: Enquiry, held: EnquiryMessage, now: datetime) -> None:
    provider = enquiry.opportunity.provider
    for officer in officers_of(db, provider.city_id):
        if officer.role in AUTHORITY_ROLES and not is_insider(db, officer, provider):
            tell(
                db,
                to=officer,
                kind=NoticeKind.ANSWER_HELD,
                key=f"held:{held.uuid}",
                values={"path": "/authority/questions"},
                now=now,
            )
