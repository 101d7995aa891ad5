"""What may be said, by whom, how often, and until when: asked before anything is kept."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import User
from app.errors import Conflict
from app.screening import Suspect, find
from enquiries.models import Enquiry, EnquiryMessage
from opportunities.models import Opportunity, ScheduledSession
from providers.models import MemberRole, Provider, ProviderMember
from providers.queries import team_of

#: After the last session, counted from its end. Without one, from the question.
OPEN_AFTER = timedelta(days=7)
#: No fewer see what is said to a young person.
FEWEST_ADULTS = 2
#: Of one learner, within a day.
QUESTIONS_A_DAY = 5
WORDS_A_DAY = 20
#: Answers in a row that nobody asked for: then it is the learner's turn.
ANSWERS_IN_A_ROW = 3
_DAY = timedelta(days=1)


def readers_in(db: Session, provider: Provider) -> Sequence[ProviderMember]:
    """Return who of a team reads what young people ask: everyone but those who only keep a door."""
    team = team_of(db, provider)
    return [each for each in team if each.role is not MemberRole.DOOR and each.user.is_active]


def closes_at(db: Session, enquiry: Enquiry) -> datetime:
    """Return when an enquiry closes by itself."""
    last = select(func.max(ScheduledSession.ends_at)).where(
        ScheduledSession.opportunity_id == enquiry.opportunity_id,
        ScheduledSession.cancelled_at.is_(None),
    )
    return max(db.scalar(last) or enquiry.asked_at, enquiry.asked_at) + OPEN_AFTER


def refuse_closed(db: Session, enquiry: Enquiry, now: datetime) -> None:
    """:raises Conflict: its last session was more than a week ago."""
    if closes_at(db, enquiry) <= now:
        raise Conflict(_("This is closed: the last session was more than a week ago."))


def refuse_small_team(db: Session, opportunity: Opportunity) -> None:
    """:raises Conflict: fewer than two adults would see what is said."""
    if len(readers_in(db, opportunity.provider)) < FEWEST_ADULTS:
        raise Conflict(
            _(
                "This organisation cannot take questions here: two adults must see each one, and "
                "it has too few. %(council)s can help you.",
                council=opportunity.provider.city.authority_name,
            )
        )


def refuse_ways_to_reach(words: str) -> None:
    """:raises Conflict: the words hold a way to be reached elsewhere, or a link."""
    found = {each.suspect for each in find([words])}
    if found & {Suspect.CONTACT, Suspect.WEB}:
        raise Conflict(
            _("Please leave out phone numbers, e-mail, links and names on apps. Write here only.")
        )


def asks_for_a_secret(words: str) -> bool:
    """Say whether an officer must see these words before a young person does."""
    return any(each.suspect is Suspect.SECRET for each in find([words]))


def refuse_too_many(db: Session, learner: User, now: datetime, *, is_new: bool) -> None:
    """:raises Conflict: the learner asked enough for a day."""
    asked = select(func.count()).where(
        Enquiry.learner_id == learner.id, Enquiry.asked_at > now - _DAY
    )
    said = (
        select(func.count())
        .select_from(EnquiryMessage)
        .join(EnquiryMessage.enquiry)
        .where(
            Enquiry.learner_id == learner.id,
            EnquiryMessage.from_learner,
            EnquiryMessage.sent_at > now - _DAY,
        )
    )
    too_many = is_new and (db.scalar(asked) or 0) >= QUESTIONS_A_DAY
    if too_many or (db.scalar(said) or 0) >= WORDS_A_DAY:
        raise Conflict(_("That is enough for today. You can ask more tomorrow."))


def refuse_out_of_turn(db: Session, enquiry: Enquiry) -> None:
    """:raises Conflict: the organisation has answered, and answered again, and nobody asked."""
    last = (
        select(EnquiryMessage.from_learner)
        .filter_by(enquiry_id=enquiry.id)
        .order_by(EnquiryMessage.sent_at.desc(), EnquiryMessage.id.desc())
        .limit(ANSWERS_IN_A_ROW)
    )
    found = db.scalars(last).all()
    if len(found) == ANSWERS_IN_A_ROW and not any(found):
        raise Conflict(_("You have answered. Now it is the young person's turn."))
