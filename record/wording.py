"""What people call the rungs, and what a record says about a skill."""

from collections import Counter
from collections.abc import Sequence

from flask import Flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.language import current_language
from app.wording import label, name_all
from badges.models import Skill
from record.models import LineKind, RecordStrand, Rung
from record.queries import Line, Mark
from record.sufficiency import Standing

name_all(
    {
        Rung.SAID: _l("I said so"),
        Rung.SEEN: _l("Someone saw it"),
        Rung.CONFIRMED: _l("A group confirmed it"),
        Rung.OBSERVED: _l("Someone watched and said how it went"),
        Rung.ENDORSED: _l("Accredited or endorsed"),
    }
)
name_all(
    {
        LineKind.CAME: _l("I was there"),
        LineKind.BADGE: _l("A badge"),
        LineKind.IMPORTED: _l("A badge from elsewhere"),
        LineKind.LOGGED: _l("I added this"),
        LineKind.PROJECT: _l("A project of mine"),
        LineKind.BROUGHT: _l("Brought from another site"),
    }
)


def init_app(app: Flask) -> None:
    app.add_template_filter(name_of_strand)
    app.add_template_filter(about_strand)
    app.add_template_filter(known_by)
    app.add_template_filter(known_to_others)
    app.add_template_filter(what_that_means)
    app.add_template_filter(strip_in_words)
    app.add_template_filter(still_missing)


def name_of_strand(strand: RecordStrand) -> str:
    """Return what a strand is called in the language of the page."""
    return strand.name_in(current_language())


def about_strand(strand: RecordStrand) -> str:
    """Return what belongs in a strand, in the language of the page."""
    return strand.about_in(current_language())


def known_by(line: Line) -> str:
    """Return how a line is known: on whose word it stands."""
    if line.host:
        return _known_elsewhere(line)
    if line.rung is Rung.SAID:
        return str(label(line.rung))
    if line.rung is Rung.SEEN:
        return _("Seen by %(name)s", name=line.who) if line.who else _("A friend saw it")
    if line.rung is Rung.CONFIRMED:
        return _("Confirmed by %(name)s", name=line.who)
    return f"{label(line.rung)}: {line.who}"


def _known_elsewhere(line: Line) -> str:
    if line.rung is not Rung.SAID:
        return _("Confirmed by %(name)s, according to %(host)s", name=line.who, host=line.host)
    if line.who:
        return _(
            "One's own word. %(host)s says that %(name)s confirmed it",
            name=line.who,
            host=line.host,
        )
    return _("One's own word. Brought from %(host)s", host=line.host)


_MEANINGS = {
    Rung.SAID: _l("Only they say so. Nobody else has confirmed it."),
    Rung.SEEN: _l("Somebody who was there said that it was so, by a link that worked once."),
    Rung.CONFIRMED: _l("The organisation that ran it confirmed that they were there."),
    Rung.OBSERVED: _l("Somebody watched what they did, and said how it went."),
    Rung.ENDORSED: _l(
        "An organisation that gives qualifications, or speaks for others, stands by it."
    ),
}


def known_to_others(line: Line) -> str:
    """Return how a line is known, for a reader who is not its learner."""
    is_own_word = line.rung is Rung.SAID and not line.host
    return _("Their own word") if is_own_word else known_by(line)


def what_that_means(rung: Rung) -> str:
    """Return what a rung says to somebody who sees it for the first time."""
    return str(_MEANINGS[rung])


def strip_in_words(marks: Sequence[Mark], skill: Skill) -> str:
    """Return what a strip shows, for whoever does not see it."""
    count = Counter(mark.rung for mark in marks)
    kinds = [f"{label(rung)}: {count[rung]}" for rung in Rung if count[rung]]
    this_year = ngettext("%(num)d thing this year", "%(num)d things this year", len(marks))
    return f"{label(skill)}: {this_year}. {'. '.join(kinds)}"


def still_missing(standing: Standing) -> list[str]:
    """Return what is not there yet before something can be said of a skill, each in a phrase."""
    wanted = (
        (
            standing.missing_points,
            lambda n: ngettext("%(num)d more thing", "%(num)d more things", n),
        ),
        (
            standing.missing_contexts,
            lambda n: ngettext("%(num)d other place", "%(num)d other places", n),
        ),
        (
            standing.missing_people,
            lambda n: ngettext(
                "%(num)d other person who saw it", "%(num)d other people who saw it", n
            ),
        ),
    )
    return [said(missing) for missing, said in wanted if missing]
