"""What people call what a step asks for, and how far they are: facts in sentences, and no marks."""

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.wording import name_all
from badges.wording import explain
from pathways.awarding import DONE_NO_MORE
from pathways.models import PathwayStep, StepKind
from pathways.progress import Progress, StepProgress

name_all(
    {
        StepKind.ANY_OF: _l("Things to do"),
        StepKind.HOURS: _l("Hours"),
        StepKind.EVIDENCE: _l("Own words"),
    }
)
explain(DONE_NO_MORE, _l("Something that counted for a step of the pathway was withdrawn."))


def what_to_do(step: PathwayStep) -> str:
    """Return what a step asks for."""
    match step.kind:
        case StepKind.EVIDENCE:
            return _("Write about it in your own words. Only you read them.")
        case StepKind.HOURS if step.items:
            return ngettext(
                "Spend %(num)d hour on any of these.",
                "Spend %(num)d hours on any of these.",
                step.hours or 1,
            )
        case StepKind.HOURS:
            return ngettext(
                "Spend %(num)d hour on anything with %(provider)s.",
                "Spend %(num)d hours on anything with %(provider)s.",
                step.hours or 1,
                provider=step.pathway.provider.name,
            )
    things, needed = len(step.items), step.needed or 1
    if things == 1:
        return _("Do this:")
    if needed == things:
        return _("Do all of these:")
    return ngettext(
        "Do any %(num)d of these, whichever you like:",
        "Do any %(num)d of these, whichever you like:",
        needed,
    )


def so_far(step: StepProgress) -> str:
    """Return what of a step is done, as its learner reads it; nothing, where nothing is."""
    if step.is_done:
        return _("You have done this.")
    if step.minutes:
        done = format_decimal(step.minutes // 6 / 10)
        return _("You have %(done)s of the %(all)s hours.", done=done, all=step.step.hours)
    if step.done_items:
        return _(
            "You have done %(done)s of the %(all)s.",
            done=len(step.done_items),
            all=step.step.needed,
        )
    return ""


def how_far(progress: Progress) -> str:
    """Return how many steps of a pathway are done, as its learner reads it."""
    if progress.is_done:
        return _("You have done all of it.")
    if not progress.done and not progress.is_begun:
        return _("Begin with whichever step you like.")
    if not progress.done:
        return _("You have made a start. Go on with whichever step you like.")
    return ngettext(
        "You have done %(done)s of the %(num)d step.",
        "You have done %(done)s of the %(num)d steps.",
        len(progress.steps),
        done=progress.done,
    )
