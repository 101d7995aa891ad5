"""A project and its log on paper: the days, the sources, the meetings, and how long it all took."""

from collections.abc import Sequence
from datetime import date

from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from app.clock import LONDON
from app.wording import label
from logbook.models import EntryKind, Project, ProjectEntry
from logbook.project_queries import LogFacts
from logbook.queries import best_witness
from packs.paper import Item, Part, Told


def of_log(project: Project, facts: LogFacts, entries: Sequence[ProjectEntry]) -> Told:
    """Return a project as it stands, with its whole log, oldest day first."""
    meetings = [entry for entry in entries if entry.kind is EntryKind.MET]
    sources = {entry.source: entry for entry in reversed(entries) if entry.source}
    return Told(
        title=project.title,
        lead=" · ".join((project.learner.name, label(project.kind), _when(project))),
        parts=[
            *_written(_("What I set out to do, and why"), project.brief),
            Part(_("Log"), [_item(entry) for entry in entries], [_in_all(facts)]),
            *_list(_("Meetings with a supervisor"), [_item(entry) for entry in meetings]),
            *_list(_("Sources"), [_source(each) for each in reversed(sources.values())]),
            *_written(_("What there is now"), project.product),
            *_presented(project),
            *_written(_("Looking back"), project.review),
        ],
        foot=_known(project),
    )


def _when(project: Project) -> str:
    first = _day(project.started_on)
    if project.finished_on is None:
        return _("since %(day)s", day=first)
    return _("%(first)s to %(last)s", first=first, last=_day(project.finished_on))


def _in_all(facts: LogFacts) -> str:
    if not facts.entries:
        return _("Nothing here yet.")
    hours, minutes = divmod(facts.minutes, 60)
    took = [
        ngettext("%(num)d hour", "%(num)d hours", hours) if hours else "",
        ngettext("%(num)d minute", "%(num)d minutes", minutes) if minutes else "",
    ]
    time = " ".join(filter(None, took))
    return _("%(time)s in all, as I wrote it down. How many count is for others to say.", time=time)


def _item(entry: ProjectEntry) -> Item:
    minutes = ngettext("%(num)d minute", "%(num)d minutes", entry.minutes)
    source = _("Source: %(title)s", title=entry.source) if entry.source else ""
    return Item(
        f"{_day(entry.done_on)} · {label(entry.kind)} · {minutes}",
        " · ".join(filter(None, (entry.words, source))),
    )


def _source(entry: ProjectEntry) -> Item:
    return Item(entry.source, _day(entry.done_on))


def _written(title: str, words: str) -> list[Part]:
    return [Part(title, paragraphs=words.splitlines())] if words else []


def _presented(project: Project) -> list[Part]:
    on = [_day(project.presentation_on)] if project.presentation_on else []
    words = [*on, *project.presentation.splitlines()]
    return [Part(_("Showing it"), paragraphs=words)] if words else []


def _list(title: str, items: list[Item]) -> list[Part]:
    return [Part(title, items)] if items else []


def _known(project: Project) -> str:
    witness = best_witness(project)
    if witness is None or witness.answered_at is None:
        return _("From the learner's own record. Nobody else has confirmed it.")
    return _(
        "%(name)s, %(role)s, confirmed on %(day)s what it set out to do and what there is now.",
        name=witness.name,
        role=witness.role,
        day=_day(witness.answered_at.astimezone(LONDON).date()),
    )


def _day(day: date) -> str:
    return format_date(day, "d MMMM yyyy")
