"""What each kind of pack is for, and what one writes in it.

The questions are asked in our words, with the lengths that the reader of each asks for. UCAS asks for
at least 350 characters for each of its three questions and takes 4,000 in all, spaces counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from packs.models import PackKind


@dataclass(frozen=True)
class Section:
    """One thing to write about, each sentence tied to a line of the record."""

    key: str
    title: LazyString
    hint: LazyString
    #: In characters, spaces counted; 0 where nobody asks.
    least: int = 0
    most: int = 1_500


@dataclass(frozen=True)
class Form:
    """What a kind of pack is called, whom it is for, and what is written in it."""

    title: LazyString
    about: LazyString
    sections: Sequence[Section] = ()
    #: For all sections together; 0 where nobody asks.
    most_in_all: int = 0


FORMS = {
    PackKind.SHOW: Form(_l("Show someone"), _l("Things you did and badges, for anybody.")),
    PackKind.UCAS: Form(
        _l("University (UCAS)"),
        _l("Your personal statement, each sentence with what shows it."),
        (
            Section(
                "course",
                _l("Why this course?"),
                _l("What drew you to it, and what you did because of that."),
                350,
                4_000,
            ),
            Section(
                "studies",
                _l("How have your studies got you ready?"),
                _l("What you learned at school or college that helps with this course."),
                350,
                4_000,
            ),
            Section(
                "outside",
                _l("What else did you do, and why does it help?"),
                _l(
                    "Outside school and college: volunteering, work, projects, looking after someone."
                ),
                350,
                4_000,
            ),
        ),
        4_000,
    ),
    PackKind.CV: Form(
        _l("A CV"),
        _l("What you did and what you can do, on one page."),
        (
            Section(
                "can", _l("What I can do"), _l("One sentence for each thing. Begin with a verb.")
            ),
            Section("did", _l("What I did"), _l("Where, what, and what came of it.")),
        ),
    ),
    PackKind.APPRENTICESHIP: Form(
        _l("An apprenticeship"),
        _l("Why this work, and what you did that is like it."),
        (
            Section("why", _l("Why this work?"), _l("What you tried that made you want it.")),
            Section(
                "like",
                _l("What have you done that is like it?"),
                _l("Real tasks, for real people."),
            ),
        ),
    ),
    PackKind.INTERVIEW: Form(
        _l("Stories for an interview"),
        _l("A few true stories, ready to tell."),
        (
            Section(
                "together",
                _l("A time I worked with others"),
                _l("What was going on, what you did, what came of it."),
            ),
            Section(
                "hard",
                _l("A time it went wrong, or was hard"),
                _l("What was going on, what you did, what you would do now."),
            ),
            Section(
                "idea",
                _l("A time I had an idea"),
                _l("What was needed, what you tried, what came of it."),
            ),
        ),
    ),
    PackKind.MOVING_UP: Form(
        _l("A new school or college"),
        _l("For the people who will teach you next."),
        (
            Section("good", _l("What I am good at"), _l("Things you did that show it.")),
            Section("helps", _l("What helps me learn"), _l("A time when it went well, and why.")),
        ),
    ),
    PackKind.WORK_EXPERIENCE: Form(
        _l("My work experience"),
        _l("Your days with employers, and what you learned."),
        (
            Section("task", _l("What I did there"), _l("The task, and whom it was for.")),
            Section("learned", _l("What I learned"), _l("About the work, and about yourself.")),
        ),
    ),
    PackKind.PROJECT: Form(
        _l("My project"),
        _l("For an extended or higher project: what you set out to do, and how it went."),
        (
            Section(
                "brief", _l("What I set out to do"), _l("The question, and why it matters to you.")
            ),
            Section(
                "log",
                _l("How I went about it"),
                _l("What you read, whom you asked, what you changed."),
            ),
            Section("product", _l("What I made"), _l("What there is now, and for whom.")),
            Section("review", _l("What I would do differently"), _l("Looking back.")),
        ),
    ),
}


def section_of(kind: PackKind, key: str) -> Section | None:
    """Return a section of a kind of pack."""
    return next((each for each in FORMS[kind].sections if each.key == key), None)
