"""The rules of who may do what, and of asking those who have to agree first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

from flask_babel import gettext as _
from sqlalchemy import update
from sqlalchemy.orm import Session

from accounts.models import User
from app.clock import LONDON
from app.db import lock
from app.errors import Conflict, NotAllowed, NotFound, Refusal
from app.language import current_language
from app.links import token_hash as hash_token
from app.links import token_of
from geo.queries.school import school_calendar
from listings.screening import screen
from notices.kinds import NoticeKind
from notices.service import forget_letters, tell
from opportunities.models import Opportunity, OpportunityKind, ScheduledSession
from permission.models import Agreement, Part, SchoolYear, Way
from permission.pupils import has_to_be_in_school
from permission.queries import (
    addresses_of_use,
    agreement_on,
    asked_by,
    counts,
    is_of_checked_school,
    is_open,
    letters_since,
    own_agreement,
    pupil_of,
    to_remind_of,
    waits_for_adult,
)
from permission.wording import sentence
from permission.work import Finding, Stretch, WhyNot, why_not_work
from providers.models import ProviderKind

#: Tells these addresses from others.
LINK_KIND = "agree"
#: So long an adult can answer.
ASKED_FOR = timedelta(days=14)
#: A yes counts so long after it was said, where it may be the child's own: time to notice it.
COUNTS_AFTER = timedelta(hours=24)
#: Who has not answered is asked again so long after the first time.
REMINDED_AFTER = (timedelta(days=3), timedelta(days=7))
#: In a day we send so many links for one learner, and so many to one address.
MOST_LETTERS_OF_ONE = 5
MOST_LETTERS_TO_ONE = 10
_A_DAY = timedelta(days=1)


class SchoolYearNeeded(Conflict):
    """It hangs on the school year, which the learner has not told us yet."""


@dataclass(frozen=True)
class Needed:
    """What the rules of age, school and hours say of one learner and one session."""

    #: Why not, whoever says yes; nothing where it can be.
    refusal: Refusal | None = None
    #: Who has to say yes, in the order in which they are asked, each with what was asked or said.
    parts: Mapping[Part, Agreement | None] = field(default_factory=dict)

    def missing(self, now: datetime) -> list[Part]:
        """Return whose yes does not count yet."""
        return [part for part, asked in self.parts.items() if not counts(asked, now)]

    def comes_too_late(self, scheduled: ScheduledSession, now: datetime) -> bool:
        """Return whether a yes that is missing cannot count before the session begins."""
        return any(
            _earliest(self.parts[part], now) >= scheduled.starts_at for part in self.missing(now)
        )


def is_work(opportunity: Opportunity) -> bool:
    """Return whether the rules of work hold: also where one helps an employer without pay."""
    if opportunity.kind is OpportunityKind.WORK_EXPERIENCE:
        return True
    helps = opportunity.kind is OpportunityKind.VOLUNTEERING
    return helps and opportunity.provider.kind is ProviderKind.EMPLOYER


def needed_for(
    db: Session,
    *,
    learner: User,
    scheduled: ScheduledSession,
    others: Sequence[Stretch],
    now: datetime,
) -> Needed:
    """Return what the rules of age, school and hours ask for before a learner may go to a session.

    :param others: the work that the learner has agreed to in that year and the six days around.
    """
    opportunity = scheduled.opportunity
    if not is_work(opportunity):
        return Needed()
    pupil = pupil_of(db, learner)
    asked = {part: agreement_on(db, learner, opportunity, part) for part in Part}
    why_not = partial(
        why_not_work,
        pupil,
        Stretch(scheduled.starts_at, scheduled.ends_at),
        others,
        is_school_day=school_calendar(db, opportunity.provider.city_id).is_open,
    )
    found = why_not()
    # What their school arranges has rules of its own; it is asked where nothing else would do.
    is_schools = found is not None and (
        found.why is WhyNot.IN_SCHOOL_HOURS or counts(asked[Part.SCHOOL], now)
    )
    if is_schools:
        found = why_not(is_arranged_by_school=True)
    if found is not None:
        return Needed(refusal=_refusal(found))
    is_pupil = has_to_be_in_school(pupil, scheduled.starts_at.astimezone(LONDON).date())
    needs = {Part.GUARDIAN: is_pupil, Part.SCHOOL: is_schools}
    return Needed(parts={part: asked[part] for part in Part if needs[part]})


def say_school_year(db: Session, *, learner: User, year: int, now: datetime) -> None:
    """Keep the school year that a learner tells us. Flushes."""
    today = now.astimezone(LONDON).date()
    said = db.get(SchoolYear, learner.id)
    if said is None:
        db.add(SchoolYear(learner_id=learner.id, year=year, said_on=today))
    else:
        said.year, said.said_on = year, today
    db.flush()


def ask_for_yes(
    db: Session,
    *,
    learner: User,
    opportunity: Opportunity,
    part: Part,
    secret: str,
    now: datetime,
) -> Agreement:
    """Make an address for the learner to hand on. Asking twice gives the same. Flushes.

    One that we were to send ends with that.

    :raises Conflict: somebody has said yes already.
    """
    return _ask(db, learner, opportunity, part, secret=secret, now=now, way=Way.HANDED, email=None)


def ask_by_email(
    db: Session,
    *,
    learner: User,
    opportunity: Opportunity,
    part: Part,
    email: str,
    secret: str,
    now: datetime,
    given_by: Way = Way.LEARNERS_ADDRESS,
) -> Agreement:
    """Make an address that we send: see `send_link`. Asking twice gives the same. Flushes.

    It is written to in the language of the page. One that the learner was to hand on ends with that.

    :param given_by: who gave us the address, the learner or another adult who was asked.
    :raises Conflict: somebody has said yes already, or too many were sent today.
    """
    email = email.lower()
    is_staff = part is Part.SCHOOL and is_of_checked_school(db, email, now)
    way = Way.SCHOOL_STAFF if is_staff else given_by
    found = agreement_on(db, learner, opportunity, part)
    if not (found and is_open(found, now) and found.email == email):
        _refuse_many_letters(db, learner, email, now)
    return _ask(db, learner, opportunity, part, secret=secret, now=now, way=way, email=email)


def send_link(
    db: Session, agreement: Agreement, *, secret: str, now: datetime, is_reminder: bool = False
) -> bool:
    """Have a link sent to its adult, where it is ours to send; return whether it is news. Flushes."""
    if agreement.email is None or not is_open(agreement, now):
        return False
    agreement.mailed_at = agreement.mailed_at or now
    token = token_of(agreement.uuid, secret=secret, kind=LINK_KIND)
    return tell(
        db,
        to=agreement.email,
        kind=NoticeKind.GUARDIAN_ASKED,
        key=f"{NoticeKind.GUARDIAN_ASKED} {agreement.uuid} {agreement.reminders}",
        values={
            "title": agreement.opportunity.title,
            "organisation": agreement.opportunity.provider.name,
            "path": f"/agree/{token}",
            "until": (agreement.expires_at - _A_DAY).astimezone(LONDON).date(),
            "is_school": agreement.part is Part.SCHOOL,
            "is_reminder": is_reminder,
        },
        now=now,
        language=agreement.language,
    )


def end_agreement(db: Session, *, learner: User, uuid: UUID, now: datetime) -> Agreement:
    """Take back what was asked, or a yes that stands. Twice is harmless; the row stays. Flushes.

    What hangs on a yes is given back by `participation.chain`, which calls this.

    :raises NotFound: the learner asked no such thing.
    """
    agreement = own_agreement(db, learner, uuid)
    if agreement is None:
        raise NotFound(_("We cannot find that."))
    lock(db, Agreement, agreement.id)
    agreement.ended_at = agreement.ended_at or now
    db.flush()
    return agreement


def take_back(db: Session, *, token_hash: str, now: datetime) -> Agreement:
    """Let an adult take back their yes. Twice is harmless; the row stays. Flushes.

    What hangs on it is given back by `participation.chain`, which calls this.

    :raises NotFound: the address holds no yes.
    """
    agreement = asked_by(db, token_hash)
    if agreement is None or agreement.agrees is not True:
        raise NotFound(no_longer_asked())
    lock(db, Agreement, agreement.id)
    if agreement.ended_at is None:
        agreement.ended_at, agreement.ended_by_adult = now, True
        db.flush()
    return agreement


def answer(
    db: Session, *, token_hash: str, agrees: bool, name: str, role: str, now: datetime
) -> Agreement:
    """Keep what an adult says: once. Flushes.

    The learner reads the name and the role, and nothing else from this adult.

    :raises NotFound: the address asks nothing, or nothing any more.
    :raises Conflict: the name or the role holds what must not stand there.
    """
    agreement = asked_by(db, token_hash)
    if agreement is None:
        raise NotFound(no_longer_asked())
    if screen([name, role]):
        raise Conflict(_("Write only your name and how you know them: no number, no address."))
    kept = (
        update(Agreement)
        .where(Agreement.id == agreement.id, waits_for_adult(now))
        .values(
            answered_at=now,
            agrees=agrees,
            name=name,
            role=role,
            takes_effect_at=counts_from(db, agreement, now) if agrees else None,
        )
        .returning(Agreement.id)
    )
    if db.scalar(kept) is None:
        raise NotFound(no_longer_asked())
    db.refresh(agreement)
    return agreement


def counts_from(db: Session, agreement: Agreement, now: datetime) -> datetime:
    """Return from when on a yes to this counts, if it is said now.

    A link that went through a child's hands, or to an address that a child gave, may have been
    answered by that child: such a yes waits, and all who should know can see it meanwhile.
    """
    if agreement.way is Way.SCHOOL_STAFF:
        return now
    if agreement.way is Way.ADULTS_ADDRESS:
        # An adult vouches for it no sooner than that adult's own yes counts.
        gave = agreement_on(db, agreement.learner, agreement.opportunity, Part.GUARDIAN)
        if gave and gave.takes_effect_at:
            return max(now, gave.takes_effect_at)
    return now + COUNTS_AFTER


def guardian_to_know(db: Session, agreement: Agreement, now: datetime) -> Agreement | None:
    """Return the guardian's yes that still waits, where the one asked is a school that may know them."""
    if agreement.way is not Way.SCHOOL_STAFF:
        return None
    said = agreement_on(db, agreement.learner, agreement.opportunity, Part.GUARDIAN)
    return said if said and said.agrees and not counts(said, now) else None


def know_guardian(db: Session, *, school: Agreement, now: datetime) -> None:
    """Let a guardian's yes count at once, because a checked school knows who said it. Flushes."""
    said = guardian_to_know(db, school, now)
    if said is not None:
        lock(db, Agreement, said.id)
        said.takes_effect_at = now
        db.flush()


def remind(db: Session, *, secret: str, now: datetime) -> int:
    """Ask again whoever has not answered for three days, and for seven; return how many. Flushes.

    Whom the learner asked is asked by the learner, who is told so.
    """
    due = to_remind_of(db, now, REMINDED_AFTER)
    for agreement in due:
        asked_at = agreement.mailed_at or agreement.asked_at
        agreement.reminders = sum(asked_at <= now - wait for wait in REMINDED_AFTER)
        if agreement.email:
            send_link(db, agreement, secret=secret, now=now, is_reminder=True)
        else:
            tell_next_step(
                db,
                agreement.learner,
                agreement.opportunity,
                agreement.part,
                now,
                about=f"{agreement.uuid} {agreement.reminders}",
                is_reminder=True,
            )
    db.flush()
    return len(due)


def tell_next_step(
    db: Session,
    learner: User,
    opportunity: Opportunity,
    part: Part,
    now: datetime,
    *,
    about: str,
    is_reminder: bool = False,
) -> bool:
    """Tell a learner whom to ask now; return whether it is news. Flushes.

    :param about: what else names this occasion, so that it is told once.
    """
    return tell(
        db,
        to=learner,
        kind=NoticeKind.YES_NEEDED,
        key=f"{NoticeKind.YES_NEEDED} {part} {about}",
        values={
            "title": opportunity.title,
            "path": path_to_ask(opportunity, part),
            "is_school": part is Part.SCHOOL,
            "is_reminder": is_reminder,
        },
        now=now,
    )


def path_to_ask(opportunity: Opportunity, part: Part) -> str:
    """Return the page on which a learner asks for a yes."""
    return f"/a/{opportunity.slug}/ask/{part}"


def forget_addresses(db: Session, *, now: datetime) -> int:
    """Delete the addresses of adults where nothing waits for an answer, and that we wrote there.

    Returns how many questions had one. Flushes.
    """
    of_use = addresses_of_use(now)
    forget_letters(db, kind=NoticeKind.GUARDIAN_ASKED, but_to=of_use)
    forgotten = (
        update(Agreement)
        .where(Agreement.email.is_not(None), Agreement.email.not_in(of_use))
        .values(email=None)
        .returning(Agreement.id)
    )
    return len(db.scalars(forgotten).all())


def _ask(
    db: Session,
    learner: User,
    opportunity: Opportunity,
    part: Part,
    *,
    secret: str,
    now: datetime,
    way: Way,
    email: str | None,
) -> Agreement:
    # Held, so that two taps make one address.
    lock(db, User, learner.id)
    found = agreement_on(db, learner, opportunity, part)
    if found and found.agrees:
        raise Conflict(_("Somebody has said yes already."))
    if found and is_open(found, now) and found.email == email:
        return found
    if found and found.answered_at is None:
        found.ended_at = now
        db.flush()
    key = uuid4()
    agreement = Agreement(
        uuid=key,
        learner=learner,
        opportunity=opportunity,
        part=part,
        token_hash=hash_token(token_of(key, secret=secret, kind=LINK_KIND)),
        asked_at=now,
        expires_at=now + ASKED_FOR,
        way=way,
        email=email,
        language=current_language(),
    )
    db.add(agreement)
    db.flush()
    return agreement


def _refuse_many_letters(db: Session, learner: User, email: str, now: datetime) -> None:
    since = now - _A_DAY
    own = letters_since(db, since, Agreement.learner_id == learner.id)
    there = letters_since(db, since, Agreement.email == email)
    if own >= MOST_LETTERS_OF_ONE or there >= MOST_LETTERS_TO_ONE:
        raise Conflict(_("That is enough e-mails for today. Give them the link yourself."))


def _earliest(asked: Agreement | None, now: datetime) -> datetime:
    if asked is not None and asked.takes_effect_at is not None:
        return asked.takes_effect_at
    return now + COUNTS_AFTER


def _refusal(found: Finding) -> Refusal:
    words = sentence(found)
    if found.why in (WhyNot.SCHOOL_YEAR_UNKNOWN, WhyNot.DO_NOT_FIT):
        return SchoolYearNeeded(words)
    return NotAllowed(words)


def no_longer_asked() -> str:
    """Return what an address says that asks nothing any more."""
    return _("This link has been used, has ended, or was never there. Ask for a new one.")
