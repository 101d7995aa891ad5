"""What numbers and cells are called: on the page, in the file and on paper alike."""

from flask_babel import format_date, format_decimal, ngettext
from flask_babel import gettext as _

from app.wording import label
from cube.cells import Cell
from cube.queries import Released
from cube.tables import SENSITIVE
from geo.wording import edition_name as edition_name
from geo.wording import population_name as population_name
from provision.lens import Weeks
from provision.sentences import hours
from provision.survey import Survey
from reach import sentences
from reach.wording import category_of, name_of
from returns.document import Figure, Name, Return, Unit, Value
from returns.tracing import Parts, People, Sort


def shown(value: Value) -> str:
    """Return a number as every page writes it: or that it is hidden, or that there is none."""
    if value is None:
        return _("Not in this period")
    if isinstance(value, Figure):
        return _figure(value)
    if value.sort is Sort.SHARE:
        share = value.number
        return sentences.percent(None if share is None else float(share))
    total = value.parts.total
    return sentences.shown_rate(total) if value.sort is Sort.RATE else sentences.shown(total)


def _figure(figure: Figure) -> str:
    if figure.number is None:
        return _("Not known")
    if figure.unit in (Unit.OF_HUNDRED, Unit.PLACE_HOURS):
        return hours(figure.number)
    return format_decimal(round(figure.number))


def shown_cell(cell: Cell) -> str:
    return sentences.shown(cell)


def hidden_in(made: Return) -> str:
    """Return how many numbers about people are hidden; empty where none is."""
    people = list(made.people())
    hidden = sum(value.is_hidden for value in people)
    if not hidden:
        return ""
    return ngettext(
        "%(num)s of %(all)s numbers about people in this return is hidden.",
        "%(num)s of %(all)s numbers about people in this return are hidden.",
        hidden,
        all=len(people),
    )


def basis_of_supply(survey: Survey) -> str:
    """Return what a number of what is within reach is, in the words of whoever reads a return."""
    return _(
        "For ages %(youngest)s to %(oldest)s, as it stands today: what is on from %(first)s to "
        "%(last)s, in an average week, within %(metres)s metres of where they live. A place for "
        "one young person for an hour is a place-hour; all who live near share it.",
        youngest=survey.lens.ages[0],
        oldest=survey.lens.ages[1],
        first=_day(survey.weeks.first_day),
        last=_day(survey.weeks.last_day),
        metres=format_decimal(survey.metres),
    )


def weeks_counted(weeks: Weeks) -> str:
    return _(
        "Public listings as they stand today, from %(first)s to %(last)s, in an average week. Full "
        "sessions count, those called off and those online do not.",
        first=_day(weeks.first_day),
        last=_day(weeks.last_day),
    )


def of_the_census(term: Released) -> str:
    """Return where the number of young people is from."""
    return _(
        "%(source)s. Age bands are split evenly by year of age.",
        source=population_name(term.population),
    )


def cell_in_words(table: str, cell: Cell) -> str:
    """Return what people call a cell: `Deciles 1 and 2: Came in the school holidays`."""
    code, _colon, key = cell.code.partition(":")
    match table:
        case "city" | "ward" | "area":
            return cell.label
        case "decile":
            return _("Decile %(number)s", number=code)
        case "age":
            return _ages(code)
        case "decile_age":
            return _together(_("Decile %(number)s", number=code), _ages(key))
        case "index":
            return _together(edition_name(code), _("Decile %(number)s", number=key))
        case "told":
            return _question(code.removeprefix("told_"))
        case "told_ward":
            return _together(cell.label, name_of(key))
        case "wished":
            return _together(cell.label, _wished(key))
        case "told_age":
            return _together(_ages(code), name_of(key))
        case _:
            return _together(_two_deciles(int(code)), _name_of(table, key))


def table_in_words(table: str) -> str:
    """Return what a declared table of the cube counts."""
    return {
        "city": _("Everyone who came"),
        "decile": _("Who came, by decile"),
        "age": _("Who came, by age"),
        "ward": _("Who came, by ward"),
        "area": _("Who came, by area"),
        "decile_age": _("Who came, by decile and age"),
        "depth": _("Who did more, by deprivation"),
        "before": _("Who had come before, by deprivation"),
        "category": _("Who came to each category, by deprivation"),
        "funded": _("Who took a place that a fund paid for, by deprivation"),
        "holiday": _("Who came in the school holidays, by deprivation"),
        "workplace": _("Who came to work experience, by deprivation"),
        "way": _("How far they came, by deprivation"),
        "index": _("Who came, by other indices of deprivation"),
        "wished": _("What people wished for where a search found nothing, by ward"),
        "told": _("Who answered a question about themselves"),
        "told_ward": _("What those who came told, by ward"),
        "told_fifth": _("What those who came told, by deprivation"),
        "told_age": _("What those who came told, by age"),
    }[table]


def parts_in_words(parts: Parts) -> str:
    """Return how many cells of which table are added up."""
    if len(parts.cells) == 1:
        return table_in_words(parts.table)
    return ngettext(
        "%(table)s: %(num)s cell",
        "%(table)s: %(num)s cells, added up",
        len(parts.cells),
        table=table_in_words(parts.table),
    )


def chance_in(table: str, cell: Cell) -> str:
    """Return how much chance is in a cell, and what is hidden."""
    told = _(
        "A little was added or taken away by chance, once and for good: mostly up to %(sigma)s, "
        "hardly ever more than %(most)s. Fewer than %(smallest)s is hidden.",
        sigma=format_decimal(round(cell.sigma, 1)),
        most=format_decimal(round(3 * cell.sigma)),
        smallest=cell.smallest_shown,
    )
    if table not in SENSITIVE:
        return told
    return f"{told} {_('Nobody has to tell this, and nobody sees an answer.')}"


def _together(first: str, second: str) -> str:
    return f"{first}: {second}"


def _two_deciles(first: int) -> str:
    return _("Deciles %(first)s and %(second)s", first=first, second=first + 1)


def _name_of(table: str, key: str) -> str:
    category = category_of(key) if table == "category" else None
    return label(category) if category else name_of(key)


def _wished(key: str) -> str:
    category = category_of(key)
    return label(category) if category else _("Words only")


def _question(key: str) -> str:
    return _("Ethnic group") if key == "ethnicity" else name_of(key)


def _ages(code: str) -> str:
    youngest, _dash, oldest = code.partition("-")
    return _("%(youngest)s to %(oldest)s", youngest=youngest, oldest=oldest)


def _day(day) -> str:
    return format_date(day, "d MMMM yyyy")


def is_people(value: Value) -> bool:
    return isinstance(value, People)


def facts_of(term: Released) -> list[str]:
    """Return how a release was made, a sentence each."""
    facts = [
        _(
            "Published on %(day)s, version %(version)s. Nobody can change it.",
            day=_day(term.released_at),
            version=term.version,
        ),
        _(
            "Deprivation: %(edition)s. Young people: %(population)s.",
            edition=edition_name(term.edition),
            population=population_name(term.population),
        ),
    ]
    if term.reason:
        facts.append(_("Corrected, because: %(reason)s", reason=term.reason))
    return facts


def about_returns() -> dict[Name, tuple[str, str]]:
    """Return what each return is called in a list, and what is in it."""
    return {
        Name.SUFFICIENCY: (
            _("Sufficiency"),
            _("Who lives here, what there is, who came and where it is not enough. Section 507B."),
        ),
        Name.ENRICHMENT: (
            _("Enrichment"),
            _("The five categories: what is offered and who came."),
        ),
        Name.HOLIDAYS: (
            _("Holiday activities"),
            _("Who came in the holidays, and what there was to come to."),
        ),
        Name.WORKPLACES: (
            _("Workplaces"),
            _("Who came to work experience and who offers it. Gatsby Benchmark 6."),
        ),
    }
