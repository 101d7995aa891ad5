"""Why not, in a sentence, and what would be possible."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.wording import name_all
from permission.models import Part
from permission.work import Finding, WhyNot

name_all({Part.GUARDIAN: _l("A parent or carer"), Part.SCHOOL: _l("Your school")})


def sentence(found: Finding) -> str:
    """Return why not, with the limit that the rule sets, in the language of the page."""
    return _SENTENCES[found.why](found.limit)


def _times(limit: Any) -> dict[str, str]:
    first, last = limit
    return {"first": f"{first:02}:00", "last": f"{last:02}:00"}


_SENTENCES = {
    WhyNot.DO_NOT_FIT: lambda ages: _(
        "Your pass says ages %(youngest)s to %(oldest)s, and the school year that you told us is for"
        " people who are older. Put right the one that is wrong.",
        youngest=ages[0],
        oldest=ages[1],
    ),
    WhyNot.SCHOOL_YEAR_UNKNOWN: lambda _limit: _(
        "Work has rules by school year. Tell us yours first."
    ),
    WhyNot.TOO_YOUNG: lambda limit: _(
        "The law lets people work from the age of %(age)s. Until then, look for something to try or"
        " to help with.",
        age=limit,
    ),
    WhyNot.NOT_YET: lambda limit: _(
        "Work experience through school starts in year %(year)s.", year=limit
    ),
    WhyNot.IN_SCHOOL_HOURS: lambda limit: _(
        "This is in school hours. Your school has to arrange it; after %(time)s you can do without.",
        time=f"{limit:%H:%M}",
    ),
    WhyNot.BEFORE_SCHOOL: lambda limit: _(
        "On a school day this is too close to school. You can work after school, from %(time)s.",
        time=f"{limit:%H:%M}",
    ),
    WhyNot.EARLY_OR_LATE: lambda limit: _(
        "While you are at school you can work between %(first)s and %(last)s.", **_times(limit)
    ),
    WhyNot.NO_BREAK: lambda limit: _(
        "While you are at school you can work %(hours)s hours without a break. Look for a shorter"
        " one.",
        hours=limit,
    ),
    WhyNot.LONG_ON_SCHOOL_DAY: lambda limit: _(
        "On a school day you can work %(hours)s hours at most, all together.", hours=limit
    ),
    WhyNot.LONG_ON_SUNDAY: lambda limit: _(
        "On a Sunday you can work %(hours)s hours at most, all together.", hours=limit
    ),
    WhyNot.LONG_ON_FREE_DAY: lambda limit: _(
        "On a day without school you can work %(hours)s hours at most, all together.", hours=limit
    ),
    WhyNot.MUCH_IN_SCHOOL_WEEK: lambda limit: _(
        "In a week with school you can work %(hours)s hours at most. Look for one in another week.",
        hours=limit,
    ),
    WhyNot.MUCH_IN_FREE_WEEK: lambda limit: _(
        "In a week without school you can work %(hours)s hours at most. Look for one in another"
        " week.",
        hours=limit,
    ),
    WhyNot.NO_FREE_WEEKS: lambda limit: _(
        "Each year you need %(weeks)s weeks in a row without school and without work. This would take"
        " the last ones. Look for one in another week.",
        weeks=limit,
    ),
    WhyNot.AT_NIGHT: lambda limit: _(
        "Under 18 you can work between %(first)s and %(last)s.", **_times(limit)
    ),
    WhyNot.LONG_A_DAY: lambda limit: _(
        "Under 18 you can work %(hours)s hours a day at most, all together.", hours=limit
    ),
    WhyNot.MUCH_A_WEEK: lambda limit: _(
        "Under 18 you can work %(hours)s hours a week at most. Look for one in another week.",
        hours=limit,
    ),
}
