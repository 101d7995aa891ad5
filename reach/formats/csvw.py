"""What stands beside the CSV file, for programs: CSV on the Web, the W3C's metadata for tables."""

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from app.language import LANGUAGES
from cube.queries import Released
from cube.tables import OLDEST, YOUNGEST
from geo.models import City
from opportunities.openapi import LICENCE
from reach.formats.facts import instant_of
from reach.formats.sheet import COLUMNS
from reach.sentences import edition_name, population_name

MEDIA_TYPE = "application/csvm+json"

_WHOLE = {"base": "integer", "minimum": 0}
#: The numbers that may be hidden, or are not known: an empty field is no number.
_MAY_BE_EMPTY = {"decile", "young_people", "took_part", "per_1000"}
#: What a column holds, where it is no text.
_DATATYPES: dict[str, Any] = {
    "decile": {"base": "integer", "minimum": 1, "maximum": 10},
    "young_people": _WHOLE,
    "took_part": _WHOLE,
    "per_1000": _WHOLE,
    "hidden": {"base": "boolean", "format": "yes|no"},
    "first_day": "date",
    "day_after": "date",
    "version": {"base": "integer", "minimum": 1},
    "released_at": "datetime",
    "smallest_shown": {"base": "integer", "minimum": 1},
    "standard_deviation": {"base": "decimal", "minimum": 0},
}


def metadata(
    release: Released, *, city: City, url: str, source: str, columns: Sequence[str] = COLUMNS
) -> dict[str, Any]:
    """Return what describes the CSV file of a release that lies at `url`."""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": url,
        "dc:identifier": release.uuid.urn,
        "dc:title": _in_each(lambda: f"{_('Who we reach')}: {release.name}"),
        "dc:subject": city.name,
        "dc:description": _in_each(_what_it_is),
        "dc:license": {"@id": LICENCE},
        "dc:source": [{"@id": source}, *_sources(release, columns)],
        "dc:temporal": f"{release.starts_on.isoformat()}/{release.last_day.isoformat()}",
        "dc:issued": {
            "@value": instant_of(release),
            "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
        },
        "dc:hasVersion": str(release.version),
        "dc:provenance": release.reason,
        "dialect": {"encoding": "utf-8", "header": True, "lineTerminators": ["\r\n"]},
        "tableSchema": {
            "primaryKey": ["table", "code"],
            "columns": [_column(name) for name in columns],
        },
    }


def _column(name: str) -> dict[str, Any]:
    described = {
        "name": name,
        # A program compares the heading of the file with these, so that it stands among them.
        "titles": {
            language: [_said(language, lambda: _titles()[name]), name] for language in LANGUAGES
        },
        "dc:description": _in_each(lambda: _definitions()[name]),
        "datatype": _DATATYPES.get(name, "string"),
    }
    if name in _MAY_BE_EMPTY:
        return described | {"null": ""}
    return described | {"required": True}


def _sources(release: Released, columns: Sequence[str]) -> list[dict[str, str]]:
    population = _in_each(lambda: population_name(release.population))
    if "deprivation" not in columns:
        return population
    return [*population, *_in_each(lambda: edition_name(release.edition))]


def _in_each(say: Callable[[], str]) -> list[dict[str, str]]:
    """Return what `say` says, in each language."""
    return [{"@value": _said(language, say), "@language": language} for language in LANGUAGES]


def _said(language: str, say: Callable[[], str]) -> str:
    with force_locale(language):
        return say()


def _what_it_is() -> str:
    return _(
        "How many different young people took part, counted once when the period had ended. A little"
        " chance is in each number, and small numbers are hidden."
    )


def _titles() -> dict[str, str]:
    return {
        "table": _("Table"),
        "code": _("Code"),
        "name": _("Name"),
        "decile": _("Deprivation decile (1 is most deprived)"),
        "young_people": _("Young people who live here"),
        "took_part": _("Took part at least once"),
        "per_1000": _("Per 1,000 young people"),
        "hidden": _("Hidden"),
        "term": _("Period"),
        "first_day": _("First day"),
        "day_after": _("Day after the last"),
        "deprivation": _("Deprivation"),
        "population": _("Source of the population"),
        "version": _("Version"),
        "released_at": _("Published"),
        "smallest_shown": _("Smallest number shown"),
        "standard_deviation": _("Standard deviation of the chance"),
        "note": _("Note"),
    }


def _definitions() -> dict[str, str]:
    ages = {"youngest": YOUNGEST, "oldest": OLDEST}
    return {
        "table": _("Which table the number is from: city, age, ward, area and so on."),
        "code": _("What the number is of within its table: an official code, an age and so on."),
        "name": _("What people call it."),
        "decile": _("1 is the most deprived tenth of areas. Empty where it does not apply."),
        "young_people": _(
            "How many people aged %(youngest)s to %(oldest)s live there, or of the ages that the"
            " row is of. Empty where it is not known.",
            **ages,
        ),
        "took_part": _(
            "Different young people who came at least once, with a little chance in it. Empty"
            " means hidden: fewer than the smallest number shown."
        ),
        "per_1000": _(
            "Those who took part, divided by the young people who live there, times 1,000. Empty"
            " where one of the two is hidden or not known."
        ),
        "hidden": _("Yes: the number is too small to show. It is not zero."),
        "term": _("The month, term or school year that was counted."),
        "first_day": _("The first day of the period."),
        "day_after": _("The first day after the period."),
        "deprivation": _("The index of deprivation that the deciles are from."),
        "population": _("Where the number of young people who live there is from."),
        "version": _("1, or one more each time that the period was corrected."),
        "released_at": _("When this version was published. It never changes after that."),
        "smallest_shown": _("A number below this, with the chance in it, is hidden."),
        "standard_deviation": _("How much chance is in the number, in young people."),
        "note": _("The same in words."),
    }
