"""The numbers of a lens as a CSV file, safe to open in a spreadsheet."""

from collections.abc import Iterator

from app.spreadsheet import as_csv as sheet
from provision.sentences import definition
from provision.survey import AreaAccess, Survey

COLUMNS = (
    "code",
    "name",
    "ward",
    "decile",
    "young_people",
    "place_hours_per_young_person",
    "place_hours_offered_here",
    "mode",
    "metres",
    "category",
    "ages",
    "when",
    "free_only",
    "step_free_only",
    "first_day",
    "last_day",
    "deprivation",
    "population",
    "note",
)


def as_csv(survey: Survey) -> str:
    """Return every area of the city, one to a line, each with how its number came about."""
    return sheet([COLUMNS, *(_row(area, survey) for area in survey.areas)])


def _row(area: AreaAccess, survey: Survey) -> Iterator[object]:
    lens, weeks = survey.lens, survey.weeks
    yield from (area.code, area.name, area.ward, area.decile, area.young_people)
    # All the digits that there are: sums of the file are to be the sums of the page.
    yield from (repr(area.access), repr(area.place_hours))
    yield from (lens.mode.value, survey.metres, lens.category and lens.category.value)
    yield "-".join(map(str, lens.ages))
    yield lens.when.value
    yield from ("yes" if asked else "no" for asked in (lens.is_free, lens.is_step_free))
    yield from (weeks.first_day, weeks.last_day, survey.edition, survey.population)
    yield definition(survey)
