"""What there is to tell: for each kind its subject, when it may come, and what its words need.

The words are in `templates/notices/<kind>.txt`, for the inbox and for e-mail alike. A kind takes
exactly the details that its schema names, so nothing else can travel: no kind names a young person,
and so none can say where one is.
"""

from dataclasses import dataclass
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from marshmallow import RAISE, Schema, fields, validate

#: An e-mail that asks about more than this says how many more there are.
MOST_LISTED = 20
#: Of a session that is called off, so many others in its place are told of.
MOST_ALTERNATIVES = 5


class NoticeKind(StrEnum):
    STILL_RIGHT = "still_right"
    SAID_CLOSED = "said_closed"
    LISTING_REPORTED = "listing_reported"
    SAFETY_REPORTED = "safety_reported"
    CONCERN_RAISED = "concern_raised"
    QUESTION_ASKED = "question_asked"
    ANSWER_HELD = "answer_held"
    INVITED = "invited"
    PUBLISHED = "published"
    SENT_BACK = "sent_back"
    SUSPENDED = "suspended"
    LAPSING = "lapsing"
    LAPSED = "lapsed"
    PLACE_CONFIRMED = "place_confirmed"
    PLACE_ASKED = "place_asked"
    PLACE_ANSWERED = "place_answered"
    PLACE_OFFERED = "place_offered"
    SESSION_MOVED = "session_moved"
    SESSION_CALLED_OFF = "session_called_off"
    BADGE_GIVEN = "badge_given"
    BADGE_ASKED = "badge_asked"
    BADGE_ANSWERED = "badge_answered"
    GUARDIAN_ASKED = "guardian_asked"
    GUARDIAN_ANSWERED = "guardian_answered"
    YES_NEEDED = "yes_needed"
    YES_GONE = "yes_gone"
    YES_MISSING = "yes_missing"
    PLACE_FREE_AGAIN = "place_free_again"
    ENDORSEMENT_ASKED = "endorsement_asked"
    ENDORSEMENT_GIVEN = "endorsement_given"
    ENDORSEMENT_TAKEN_DOWN = "endorsement_taken_down"
    SUPPORT_TAKEN_UP = "support_taken_up"
    SUPPORT_AGREED = "support_agreed"
    GUARDIAN_LINKED = "guardian_linked"
    GUARDIAN_OVER = "guardian_over"
    FEEDBACK_GIVEN = "feedback_given"
    FEEDBACK_ASKED = "feedback_asked"
    FEEDBACK_ANSWERED = "feedback_answered"
    BUNDLE_READY = "bundle_ready"
    REPORT_RELEASED = "report_released"


class Hours(StrEnum):
    """When a message may come, in London time."""

    ANY = "any"
    #: Not from eight in the evening to eight in the morning.
    DAYTIME = "daytime"
    #: Nor in school hours: whoever runs a club may be a pupil, or a teacher.
    OUT_OF_SCHOOL = "out_of_school"


def _name() -> fields.String:
    return fields.String(required=True, validate=validate.Length(min=1, max=200))


def _path() -> fields.String:
    """A place on this site, from its first slash on. Another site's address is none."""
    return fields.String(required=True, validate=validate.Regexp(r"/(?!/)[\x21-\x7e]{0,600}\Z"))


class Details(Schema):
    """What the words of a notice need: this, and nothing else."""

    class Meta:
        unknown = RAISE


class ListingDetails(Details):
    """One listing to ask about, with the address that takes the answer."""

    title = _name()
    path = _path()


class StillRight(Details):
    organisation = _name()
    listings = fields.List(
        fields.Nested(ListingDetails),
        required=True,
        validate=validate.Length(min=1, max=MOST_LISTED),
    )
    #: How many more there are than are listed.
    more = fields.Integer(required=True, validate=validate.Range(min=0))
    #: The day in London on which the first of them is paused.
    pauses_on = fields.Date(required=True)
    #: Whether this is the last time that we ask.
    is_last = fields.Boolean(required=True)


class SaidClosed(Details):
    title = _name()
    path = _path()


class Reported(Details):
    title = _name()
    organisation = _name()


class OnlyWhere(Details):
    """Nothing but where to look: what it is about travels by no e-mail."""

    path = _path()


class Asked(Details):
    #: What the question is about. Neither the words nor who asks.
    title = _name()
    organisation = _name()
    path = _path()


class Invited(Details):
    #: Who invites, as they call themselves.
    inviter = _name()
    organisation = _name()
    path = _path()
    #: The last day in London on which the address works.
    until = fields.Date(required=True)


class Published(Details):
    organisation = _name()


class SentBack(Details):
    organisation = _name()
    #: What the officer wrote to the organisation.
    words = fields.String(required=True, validate=validate.Length(min=1, max=2_000))


class Lapse(Details):
    organisation = _name()
    #: What lapses, in words.
    what = _name()
    #: The last day in London on which it holds.
    on = fields.Date(required=True)


class SessionDetails(Details):
    """One session: what it is, when it begins, and the page to read next."""

    title = _name()
    starts_at = fields.AwareDateTime(required=True)
    path = _path()


class PlaceAnswered(SessionDetails):
    said_yes = fields.Boolean(required=True)


class PlaceOffered(SessionDetails):
    #: Until when the place is kept.
    until = fields.AwareDateTime(required=True)


class SessionMoved(SessionDetails):
    """`starts_at` is when it begins now."""

    #: When it was to begin. The same, where it is the place that changed.
    was_at = fields.AwareDateTime(required=True)


class SessionCalledOff(SessionDetails):
    #: The nearest that are still held, best first; perhaps none.
    alternatives = fields.List(
        fields.Nested(SessionDetails),
        required=True,
        validate=validate.Length(max=MOST_ALTERNATIVES),
    )


class BadgeGiven(Details):
    #: What the badge is called.
    badge = _name()
    path = _path()


class ForSomeone(Details):
    """What is asked of one of those who have to say yes."""

    title = _name()
    path = _path()
    #: Whether it is the school; else a parent or carer.
    is_school = fields.Boolean(required=True)


class GuardianAsked(ForSomeone):
    organisation = _name()
    #: The last day in London on which the address takes an answer.
    until = fields.Date(required=True)
    is_reminder = fields.Boolean(required=True)


class GuardianAnswered(ForSomeone):
    said_yes = fields.Boolean(required=True)
    #: From when on their yes counts, where that is later than now.
    counts_from = fields.AwareDateTime(required=True, allow_none=True)


class YesNeeded(ForSomeone):
    is_reminder = fields.Boolean(required=True)


class YesGone(ForSomeone):
    #: Whether it was the adult who took it back, and not the learner.
    by_adult = fields.Boolean(required=True)


class SpokenFor(Details):
    """What one organisation says, or is asked to say, for another's badge or for the other itself."""

    #: Whoever reads this belongs to it.
    organisation = _name()
    other = _name()
    #: What it is said for: a badge, or an organisation.
    subject = _name()
    path = _path()


class TakenDown(SpokenFor):
    #: What the officer wrote.
    words = fields.String(required=True, validate=validate.Length(min=1, max=2_000))


class InOneLanguage(Details):
    """What a report says, in the words of one language."""

    #: The city and the period.
    about = _name()
    headline = fields.String(required=True, validate=validate.Length(min=1, max=400))
    #: Each a number that was released, with what it is of.
    numbers = fields.List(_name(), required=True, validate=validate.Length(min=1, max=5))
    #: Why it was released again; empty the first time.
    why_again = fields.String(required=True, validate=validate.Length(max=300))


class ReportReleased(Details):
    #: What it says, by language.
    said = fields.Dict(
        keys=fields.String(validate=validate.OneOf(("en", "cy"))),
        values=fields.Nested(InOneLanguage),
        required=True,
        validate=validate.Length(equal=2),
    )
    #: The report on paper.
    path = _path()


@dataclass(frozen=True)
class Manner:
    """How a kind of notice is told. The subject may name what its details name."""

    subject: LazyString
    details: type[Schema]
    hours: Hours = Hours.DAYTIME
    #: Where its addresses open a door to whoever holds them: the page that stands in for them once
    #: the e-mail has gone, so that the table opens none.
    in_place_of_keys: str = ""


MANNERS = {
    NoticeKind.STILL_RIGHT: Manner(
        _l("Is this still right? %(organisation)s"), StillRight, Hours.OUT_OF_SCHOOL, "/provide"
    ),
    NoticeKind.SAID_CLOSED: Manner(
        _l("Someone says this is closed: %(title)s"),
        SaidClosed,
        Hours.OUT_OF_SCHOOL,
        "/provide",
    ),
    NoticeKind.LISTING_REPORTED: Manner(_l("Several people say it is closed: %(title)s"), Reported),
    # The only ones that are worth waking an officer for.
    NoticeKind.SAFETY_REPORTED: Manner(
        _l("Please look now: a worry about safety"), Reported, Hours.ANY
    ),
    NoticeKind.CONCERN_RAISED: Manner(
        _l("Please look now: there is a concern"), OnlyWhere, Hours.ANY
    ),
    NoticeKind.QUESTION_ASKED: Manner(
        _l("A young person has a question: %(title)s"), Asked, Hours.OUT_OF_SCHOOL
    ),
    NoticeKind.ANSWER_HELD: Manner(_l("Please look: an answer to a young person waits"), OnlyWhere),
    # Whoever invites has just said so, and the other may be waiting beside them.
    NoticeKind.INVITED: Manner(
        _l("%(inviter)s invites you to %(organisation)s"), Invited, Hours.ANY
    ),
    NoticeKind.PUBLISHED: Manner(_l("You are checked: %(organisation)s"), Published),
    NoticeKind.SENT_BACK: Manner(_l("The council needs more from you: %(organisation)s"), SentBack),
    NoticeKind.SUSPENDED: Manner(_l("Paused by the council: %(organisation)s"), SentBack),
    NoticeKind.LAPSING: Manner(_l("Soon out of date: %(what)s"), Lapse),
    NoticeKind.LAPSED: Manner(_l("Out of date: %(what)s"), Lapse),
    NoticeKind.PLACE_CONFIRMED: Manner(_l("You have a place: %(title)s"), SessionDetails),
    NoticeKind.PLACE_ASKED: Manner(_l("Someone asks for a place: %(title)s"), SessionDetails),
    NoticeKind.PLACE_ANSWERED: Manner(_l("An answer about %(title)s"), PlaceAnswered),
    NoticeKind.PLACE_OFFERED: Manner(_l("A place is free for you: %(title)s"), PlaceOffered),
    NoticeKind.SESSION_MOVED: Manner(_l("This has changed: %(title)s"), SessionMoved),
    NoticeKind.SESSION_CALLED_OFF: Manner(_l("Called off: %(title)s"), SessionCalledOff),
    NoticeKind.BADGE_GIVEN: Manner(_l("You have a new badge: %(badge)s"), BadgeGiven),
    NoticeKind.BADGE_ASKED: Manner(_l("Someone asks for a badge: %(badge)s"), BadgeGiven),
    NoticeKind.BADGE_ANSWERED: Manner(_l("An answer about a badge: %(badge)s"), BadgeGiven),
    NoticeKind.GUARDIAN_ASKED: Manner(
        _l("May they go? %(title)s"), GuardianAsked, in_place_of_keys="/"
    ),
    NoticeKind.GUARDIAN_ANSWERED: Manner(
        _l("Somebody you asked has answered: %(title)s"), GuardianAnswered
    ),
    NoticeKind.YES_NEEDED: Manner(_l("Your next step: %(title)s"), YesNeeded),
    NoticeKind.YES_GONE: Manner(_l("A yes was taken back: %(title)s"), YesGone),
    NoticeKind.YES_MISSING: Manner(_l("Nobody said yes in time: %(title)s"), SessionDetails),
    NoticeKind.PLACE_FREE_AGAIN: Manner(_l("A place is free again: %(title)s"), SessionDetails),
    NoticeKind.ENDORSEMENT_ASKED: Manner(
        _l("Will you speak for %(subject)s?"), SpokenFor, Hours.OUT_OF_SCHOOL
    ),
    NoticeKind.ENDORSEMENT_GIVEN: Manner(
        _l("%(other)s speaks for %(subject)s"), SpokenFor, Hours.OUT_OF_SCHOOL
    ),
    NoticeKind.ENDORSEMENT_TAKEN_DOWN: Manner(
        _l("Taken down by the council: words for %(subject)s"), TakenDown
    ),
    NoticeKind.SUPPORT_TAKEN_UP: Manner(_l("Somebody took up your invitation"), OnlyWhere),
    NoticeKind.SUPPORT_AGREED: Manner(_l("A young person said yes to you"), OnlyWhere),
    NoticeKind.GUARDIAN_LINKED: Manner(
        _l("Another adult was let in for a child you look after"), OnlyWhere
    ),
    NoticeKind.GUARDIAN_OVER: Manner(_l("At 18 a link to a parent or carer ends"), OnlyWhere),
    NoticeKind.FEEDBACK_GIVEN: Manner(_l("An adult has feedback for you"), OnlyWhere),
    NoticeKind.FEEDBACK_ASKED: Manner(
        _l("A young person asks you for feedback"), OnlyWhere, Hours.OUT_OF_SCHOOL
    ),
    NoticeKind.FEEDBACK_ANSWERED: Manner(
        _l("A young person answered your feedback"), OnlyWhere, Hours.OUT_OF_SCHOOL
    ),
    NoticeKind.BUNDLE_READY: Manner(_l("Your file is ready"), OnlyWhere),
    NoticeKind.REPORT_RELEASED: Manner(_l("A new report: who we reach"), ReportReleased),
}
