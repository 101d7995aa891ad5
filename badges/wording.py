"""What people call skills, and what the verifier and the judge found. The one file that knows a language."""

from collections import Counter
from collections.abc import Callable, Collection
from enum import IntEnum

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from app.wording import label, name_all
from badges.findings import Finding
from badges.hygiene import LONGEST_CRITERIA, WEEKS_UNEARNED, Flaw
from badges.models import (
    NOT_SIGNED_ANEW,
    Achievement,
    AchievementKind,
    SignaturePurpose,
    Skill,
    Strand,
)
from badges.verifier import Kind, Outcome, Subject, Verification

name_all(
    {
        Skill.LITERACY: _l("Reading and writing"),
        Skill.NUMERACY: _l("Numbers"),
        Skill.ORACY: _l("Talking to a group"),
        Skill.DIGITAL: _l("Digital tools"),
        Skill.LISTENING: _l("Listening"),
        Skill.SPEAKING: _l("Speaking"),
        Skill.PROBLEM_SOLVING: _l("Solving problems"),
        Skill.CREATIVITY: _l("Creativity"),
        Skill.ADAPTING: _l("Adapting"),
        Skill.PLANNING: _l("Planning"),
        Skill.LEADERSHIP: _l("Leadership"),
        Skill.TEAMWORK: _l("Teamwork"),
    }
)
name_all(
    {
        Strand.CREATE: _l("Making and creating"),
        Strand.EXPLORE: _l("Exploring and moving"),
        Strand.HELP: _l("Helping others"),
        Strand.WORK: _l("Work and life skills"),
    }
)
name_all(
    {
        AchievementKind.PARTICIPATION: _l("Somebody took part"),
        AchievementKind.COMPETENCY: _l("Somebody watched what they did"),
    }
)
name_all(
    {
        Flaw.NO_DEED: _l("It may not say what someone does to earn it."),
        Flaw.PROMISES_GRADE: _l("It may promise a grade or a mark."),
        Flaw.SAYS_ITS_NAME: _l("Its name and what to do may say the same."),
        Flaw.COPIED: _l("What to do may be copied from the description."),
        Flaw.TOO_LONG: _l(
            "What to do is long: more than %(number)s characters.", number=LONGEST_CRITERIA
        ),
        Flaw.NO_SKILLS: _l("It names no skill."),
        Flaw.NAMES_ALIKE: _l("Another badge of the organisation may be called the same."),
        Flaw.NEVER_EARNED: _l(
            "Nobody has earned it, and its sessions have run for %(number)s weeks or more.",
            number=WEEKS_UNEARNED,
        ),
        Flaw.ONE_DAY: _l("All who have it got it on one day, and it ran on more."),
    }
)

name_all(
    {
        SignaturePurpose.BADGE: _l("A badge"),
        SignaturePurpose.BADGE_TOKEN: _l("A badge, as signed text (JWT)"),
        SignaturePurpose.STATUS_LIST: _l("A list of badges that were taken back"),
        SignaturePurpose.RECORD: _l("A record of badges"),
        SignaturePurpose.STATUS_LIST_TOKEN: _l("The same list, as signed text (JWT)"),
        SignaturePurpose.ENDORSEMENT: _l("What one organisation says for another"),
        SignaturePurpose.BUNDLE: _l("A list of what a learner takes along"),
    }
)

#: Reasons of ours, as they are kept, in the language of the page.
_REASONS: dict[str, LazyString] = {
    NOT_SIGNED_ANEW: _l(
        "The key that signed this badge is no longer safe, and signing it again failed."
    ),
}

_ADVICE = {
    Flaw.NO_DEED: _l("Say it with a doing word. Like: come once and make one pot."),
    Flaw.PROMISES_GRADE: _l("A badge here says what somebody did, and not how well."),
    Flaw.SAYS_ITS_NAME: _l("Say what someone does, and how often or how much."),
    Flaw.COPIED: _l("The description says what it is. Say here what someone does to earn it."),
    Flaw.TOO_LONG: _l("One or two sentences are enough."),
    Flaw.NO_SKILLS: _l("Tick what one practises on the way. Young people can search for it."),
    Flaw.NAMES_ALIKE: _l("Give them names that can be told apart."),
    Flaw.NEVER_EARNED: _l("Look whether the registers are filled in, or ask for a smaller step."),
    Flaw.ONE_DAY: _l("Look whether the registers of the other days are filled in."),
}


def advice_on(flaw: Flaw) -> str:
    """Return what one can do about a flaw, in a sentence."""
    return str(_ADVICE[flaw])


#: What a badge asks for, by its number.
_LEVELS = {
    1: _l("Engage: hear or see something new"),
    2: _l("Participate: try it with your own hands"),
    3: _l("Demonstrate: do it for real"),
    4: _l("Lead: take others along"),
}


def in_words_of_level(level: int) -> str:
    """Return what a badge of this level asks for: never how well somebody does it."""
    return str(_LEVELS[level])


def skills_of(achievement: Achievement) -> list[str]:
    """Return what one practises on the way to a badge, in words."""
    return in_words_of_skills(achievement.skills)


def in_words_of_skills(skills: Collection[str]) -> list[str]:
    """Return what skills are called, in their own order."""
    given = set(skills)
    # An array comes back as plain text, and as the enumeration before it was ever saved.
    return [label(skill) for skill in Skill if skill in given]


_OUTCOMES = {
    Outcome.PASSED: _l("Good"),
    Outcome.FAILED: _l("Not good"),
    Outcome.UNCHECKED: _l("We could not check"),
    Outcome.NOTED: _l("For you to judge"),
}

_SUBJECTS = {
    Subject.SHAPE: _l("The file"),
    Subject.SIGNATURE: _l("The signature"),
    Subject.ISSUER: _l("Who gave it"),
    Subject.TRUST: _l("Whether we know them"),
    Subject.STATUS: _l("Whether it was taken back"),
    Subject.DATES: _l("The dates"),
    Subject.RECIPIENT: _l("Whom it is for"),
    Subject.INSIDE: _l("The badges inside"),
    Subject.ENDORSEMENTS: _l("What others say about it"),
}

_FINDINGS = {
    Finding.SHAPE_SOUND: _l("This is an Open Badge, and it says all that a badge must say."),
    Finding.RECORD_SOUND: _l("This is a record of badges, and it says all that a record must say."),
    Finding.ENDORSEMENT_SOUND: _l(
        "These are words about a badge or an organisation, as they should be."
    ),
    Finding.SIGNATURE_HOLDS: _l("Nobody has changed this badge since it was signed."),
    Finding.KEY_IS_THE_ISSUERS: _l("The issuer itself says that the signing key is its own."),
    Finding.STATUS_GOOD: _l("The issuer has not taken this badge back."),
    Finding.STATUS_NOT_USED: _l("The issuer has no way to take this badge back."),
    Finding.DATES_GOOD: _l("The badge is valid today."),
    Finding.TRUSTED_HERE: _l("The council has checked this organisation."),
    Finding.MADE_HERE: _l("It is in the name of this site itself."),
    Finding.TRUSTED_LISTED: _l("It is on our list of issuers that we know."),
    Finding.ISSUER_NOT_LISTED: _l("We do not know who runs this website. Judge for yourself."),
    Finding.ISSUER_NOT_ASSURED: _l(
        "It gives badges on this site. The council does not vouch for it now."
    ),
    Finding.ISSUER_NAMELESS: _l("Nothing says who is behind this key. Anybody can make one."),
    Finding.RECIPIENT_MATCHES: _l("It was made for this e-mail address."),
    Finding.RECIPIENT_DIFFERS: _l("It was made for another e-mail address."),
    Finding.RECIPIENT_UNNAMED: _l("The badge names nobody. It cannot tell who holds it."),
    Finding.RECIPIENT_NOT_ASKED: _l(
        "It is for one e-mail address. Type the address below to compare."
    ),
    Finding.RECIPIENT_NOT_TO_COMPARE: _l(
        "The badge holds no e-mail address, so we could not compare."
    ),
    Finding.SAME_RECIPIENT: _l("It is for the same person as the whole record."),
    Finding.OTHER_RECIPIENT: _l("This badge was given to somebody else than the record is of."),
    Finding.RECIPIENT_UNCLEAR: _l(
        "Nothing tells whether this badge is for the one that the record is of."
    ),
    Finding.INSIDE_GOOD: _l("Each badge inside was checked by itself, and still counts."),
    Finding.INSIDE_BAD: _l("At least one badge inside does not count."),
    Finding.INSIDE_TWICE: _l("The same badge stands in the record a second time."),
    Finding.INSIDE_UNCHECKED: _l("We could not check all that is inside."),
    Finding.ENDORSEMENTS_GOOD: _l("What others say about it is signed by them."),
    Finding.ENDORSEMENT_OVER: _l("Somebody who spoke for it does so no more. The badge stands."),
    Finding.ENDORSEMENT_BAD: _l("Something that others are said to say about it is not good."),
    Finding.ENDORSEMENT_UNCHECKED: _l("We could not check all that others say about it."),
    Finding.ENDORSES_ANOTHER: _l("These words were said about something else."),
    Finding.OLDER_SOUND: _l("This is an Open Badge of an older version."),
    Finding.SHOWN_BY_ISSUER: _l("The website that it names shows the same badge."),
    Finding.ISSUER_SHOWS_IT: _l("That website is the issuer's own."),
    Finding.ISSUER_SHOWS_ANOTHER: _l("The website that it names shows another badge."),
    Finding.TOO_MUCH_WORK: _l("The badge kept us busy for longer than any real one. We stopped."),
    Finding.NOT_A_BADGE_FILE: _l("This is not a badge. We read PNG, SVG, JSON and JWT files."),
    Finding.NOT_JSON: _l("The text of this badge is damaged. We cannot read it."),
    Finding.ADDRESS_UNREACHABLE: _l("There is no badge at that address that we could read."),
    Finding.TOKEN_UNREADABLE: _l("The text of this signed badge is damaged. We cannot read it."),
    Finding.TOKEN_ALGORITHM: _l("The badge is signed in a way that proves nothing."),
    Finding.TOKEN_HEADER: _l("The signature brings along more than a signature needs."),
    Finding.TOKEN_DISAGREES: _l("The badge and its signature do not say the same."),
    Finding.SEVERAL_BADGES: _l("There is more than one badge in this picture."),
    Finding.NO_BADGE_INSIDE: _l("There is no badge inside this picture."),
    Finding.COMPRESSED_BADGE: _l("The badge is packed into the picture in a way we do not open."),
    Finding.DAMAGED_IMAGE: _l("The picture is damaged."),
    Finding.UNSAFE_IMAGE: _l("The picture holds parts that are not safe to open."),
    Finding.TOO_LARGE: _l("The badge is larger than any real badge. We did not read it."),
    Finding.TOO_DEEP: _l("The badge has too many parts inside parts. We did not read it."),
    Finding.TOO_TANGLED: _l("The parts of the badge are tangled up. We stopped reading it."),
    Finding.REPEATED_KEY: _l("The badge says the same thing twice in different ways."),
    Finding.UNREADABLE_NUMBER: _l("The badge holds a number that not every program can read."),
    Finding.UNREADABLE_CHARACTER: _l("The badge holds a hidden character that is not allowed."),
    Finding.EMPTY_VALUE: _l("A part of the badge is empty. That is not allowed."),
    Finding.STRANGE_KEY: _l("The badge has a part with a name that could hide something."),
    Finding.UNKNOWN_CONTEXT: _l("The badge uses words from a list that we do not know."),
    Finding.UNDEFINED_TERM: _l("The badge has a part that its signature does not cover."),
    Finding.UNCLEAR_ADDRESS: _l("The badge holds an address that is not complete."),
    Finding.DESCRIBED_TWICE: _l("The badge describes itself twice, so it could hide something."),
    Finding.HIDDEN_FACT: _l("A date or the issuer is hidden in this badge."),
    Finding.UNSTABLE_ORDER: _l("Programs would read the parts of this badge in different orders."),
    Finding.NOT_LINKED_DATA: _l("The badge is not written as the standard asks."),
    Finding.NOT_AN_OPEN_BADGE: _l("This is not an Open Badge of version 3."),
    Finding.PART_MISSING: _l("The badge leaves out something that every badge must say."),
    Finding.NO_PROOF: _l("The badge is not signed."),
    Finding.UNKNOWN_PROOF: _l("The badge is signed in a way that we do not know."),
    Finding.SIGNATURE_BROKEN: _l("The badge was changed after it was signed, or it is a forgery."),
    Finding.ISSUER_IS_ANOTHER: _l("The issuer's page belongs to somebody else."),
    Finding.KEY_NOT_LISTED: _l("The issuer does not say that the signing key is its own."),
    Finding.KEY_UNREADABLE: _l("The issuer's key is damaged, or of a kind that we do not know."),
    Finding.KEY_WITHDRAWN: _l("The issuer no longer stands by the signing key."),
    Finding.REVOKED: _l("The issuer has taken this badge back."),
    Finding.STATUS_UNCLEAR: _l("The badge and the issuer's list do not fit together."),
    Finding.NOT_YET_VALID: _l("The badge is not valid yet."),
    Finding.EXPIRED: _l("The badge is no longer valid. Its time has run out."),
    Finding.DATES_UNCLEAR: _l("A date in the badge is not written clearly."),
    Finding.ISSUER_UNREACHABLE: _l("We could not ask the issuer which keys are its own."),
    Finding.STATUS_UNREACHABLE: _l("We could not ask the issuer if it took the badge back."),
    Finding.STATUS_OUT_OF_DATE: _l("The issuer's list of badges it took back is out of date."),
    Finding.STATUS_KIND_UNKNOWN: _l("The issuer keeps its list in a way that we do not know."),
    Finding.STATUS_LIST_FORGED: _l("The list of badges taken back is not signed by the issuer."),
    Finding.INNER_CREDENTIALS: _l(
        "There are signed words from others inside. We did not check them."
    ),
    Finding.NOT_LOOKED_AT: _l("We did not look at this, because an earlier check stopped us."),
}

_WORDS: dict[Finding | Subject | Outcome, LazyString] = {**_OUTCOMES, **_SUBJECTS, **_FINDINGS}

#: Where a sentence about a badge would be the wrong one.
_OF_KIND: dict[tuple[Kind, Finding], LazyString] = {
    (Kind.RECORD, Finding.SIGNATURE_HOLDS): _l(
        "Nobody has changed this record since it was signed."
    ),
    (Kind.RECORD, Finding.SIGNATURE_BROKEN): _l(
        "The record was changed after it was signed, or it is a forgery."
    ),
    (Kind.RECORD, Finding.STATUS_GOOD): _l("The issuer has not taken this record back."),
    (Kind.RECORD, Finding.STATUS_NOT_USED): _l(
        "A record cannot be taken back. Each badge inside can, and was looked at."
    ),
    (Kind.RECORD, Finding.REVOKED): _l("The issuer has taken this record back."),
    (Kind.RECORD, Finding.DATES_GOOD): _l("The record is valid today."),
    (Kind.RECORD, Finding.EXPIRED): _l("The record is no longer valid. Its time has run out."),
    (Kind.RECORD, Finding.RECIPIENT_UNNAMED): _l(
        "The record names nobody. It cannot tell whose it is."
    ),
    (Kind.ENDORSEMENT, Finding.SIGNATURE_HOLDS): _l(
        "Nobody has changed these words since they were signed."
    ),
    (Kind.ENDORSEMENT, Finding.SIGNATURE_BROKEN): _l(
        "These words were changed after they were signed, or they are a forgery."
    ),
    (Kind.ENDORSEMENT, Finding.STATUS_GOOD): _l("Whoever said these words still stands by them."),
    (Kind.ENDORSEMENT, Finding.STATUS_NOT_USED): _l("There is no way to take these words back."),
    (Kind.ENDORSEMENT, Finding.REVOKED): _l("Whoever said these words has taken them back."),
    (Kind.ENDORSEMENT, Finding.DATES_GOOD): _l("These words are valid today."),
    (Kind.ENDORSEMENT, Finding.EXPIRED): _l(
        "These words are no longer valid. Their time has run out."
    ),
}


def explain(reason: str, words: LazyString) -> None:
    """Give a reason for which badges are taken back its words. Each room does so for its own."""
    _REASONS[reason] = words


def why_taken_back(reason: str) -> str | LazyString:
    """Return the reason why a badge was taken back, as a sentence in the language of the page."""
    return _REASONS.get(reason, reason)


def in_words(thing: Finding | Subject | Outcome, kind: Kind = Kind.BADGE) -> LazyString:
    """Return a finding as a sentence, or a subject or an outcome as its label.

    :param kind: of what was looked at; a record is not called a badge.
    """
    if isinstance(thing, Finding) and (kind, thing) in _OF_KIND:
        return _OF_KIND[kind, thing]
    return _WORDS[thing]


def sum_inside(record: Verification) -> str:
    """Return how many badges a record holds and how they fared: "12 badges inside: 11 hold, 1 was taken back."."""
    counts = Counter(map(_fate, record.inside))
    parts = [_FATES[fate](number) for fate, number in sorted(counts.items())]
    total = ngettext("%(num)s badge inside", "%(num)s badges inside", len(record.inside))
    return f"{total}: {', '.join(parts)}."


class _Fate(IntEnum):
    """How a badge in a record fared, in the order of telling."""

    HOLDS = 1
    TAKEN_BACK = 2
    RUN_OUT = 3
    NOT_GOOD = 4
    UNCHECKED = 5


_FATES: dict[_Fate, Callable[[int], str]] = {
    _Fate.HOLDS: lambda number: ngettext("%(num)s holds", "%(num)s hold", number),
    _Fate.TAKEN_BACK: lambda number: ngettext(
        "%(num)s was taken back", "%(num)s were taken back", number
    ),
    _Fate.RUN_OUT: lambda number: ngettext("%(num)s has run out", "%(num)s have run out", number),
    _Fate.NOT_GOOD: lambda number: ngettext("%(num)s is not good", "%(num)s are not good", number),
    _Fate.UNCHECKED: lambda number: ngettext(
        "%(num)s could not be checked", "%(num)s could not be checked", number
    ),
}


def _fate(badge: Verification) -> _Fate:
    failed = {check.finding for check in badge.checks if check.outcome is Outcome.FAILED}
    if not failed:
        return _Fate.HOLDS if badge.is_valid else _Fate.UNCHECKED
    if Finding.REVOKED in failed and failed <= {Finding.REVOKED, Finding.EXPIRED}:
        return _Fate.TAKEN_BACK
    return _Fate.RUN_OUT if failed == {Finding.EXPIRED} else _Fate.NOT_GOOD
