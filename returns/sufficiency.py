"""Sufficiency: what there is for young people aged 13 to 19, and for whom it is not enough.

Section 507B of the Education Act 1996 (England).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask_babel import gettext as _

from app.wording import label
from cube.tables import Trait
from opportunities.models import Category
from provision import measures
from provision.lens import Lens, When
from provision.queries import survey_of
from provision.survey import AreaAccess, Survey
from reach.measures import cold_spots as few_come
from returns.asking import Asked, has_any, name_of_ages
from returns.document import Figure, Name, Return, Row, Section, Table, Unit, Value
from returns.tracing import Parts, count, rate
from returns.wording import basis_of_supply, of_the_census

#: Whom the duty is for, both inclusive; with learning difficulties or disabilities, until 24.
YOUNGEST, OLDEST = 13, 19
#: The age bands of the cube that lie within these ages, and the one that lies partly within.
_WITHIN, _PARTLY = ("13-15", "16-17"), "18-24"
_MOST_SPOTS = 10


@dataclass(frozen=True, kw_only=True)
class DutyLens(Lens):
    """A lens on the ages of the duty."""

    @property
    def ages(self) -> tuple[int, int]:
        return YOUNGEST, OLDEST


def sufficiency(asked: Asked) -> Return:
    """Return what there is, for whom, who came, and where there is too little."""
    everything = _survey(asked, DutyLens())
    return Return(
        name=Name.SUFFICIENCY,
        title=_("Sufficiency: what there is for young people aged 13 to 19"),
        lead=_(
            "For the duty of section 507B of the Education Act 1996: enough to do for young people, "
            "as far as reasonably practicable. England only."
        ),
        sections=(
            _needs(asked, everything),
            _supply(asked, everything),
            _reached(asked),
            _gaps(asked, everything),
            _consultation(),
        ),
        not_known=(
            _("How many of those who came were 18 or 19: they are counted with those up to 24."),
            _(
                "How many young people with special educational needs or a disability live here, by "
                "ward: no public figure that we hold says so."
            ),
            _("What is on that nobody listed here."),
            _("How long the way is by road or by bus: distances are as the crow flies."),
        ),
    )


def _survey(asked: Asked, lens: Lens) -> Survey:
    term = asked.term
    return survey_of(
        asked.db,
        asked.city,
        lens,
        now=asked.now,
        edition=term.edition,
        population=term.population,
    )


def _needs(asked: Asked, survey: Survey) -> Section:
    note = of_the_census(asked.term)
    deciles = sorted({area.decile for area in survey.areas if area.decile})
    return Section(
        _("Need: who lives here"),
        tables=(
            Table(
                _("Young people aged 13 to 19, by ward"),
                (_("Ward"), _("Young people")),
                _ward_rows(survey.areas, lambda areas: (_people(areas),)),
                note,
            ),
            Table(
                _("Young people aged 13 to 19, by deprivation of where they live"),
                (_("Deprivation (decile 1 is most deprived)"), _("Young people")),
                [
                    Row(_decile(decile), (_people(a for a in survey.areas if a.decile == decile),))
                    for decile in deciles
                ],
                note,
            ),
        ),
    )


def _supply(asked: Asked, everything: Survey) -> Section:
    kinds = [(label(category), DutyLens(category=category)) for category in Category]
    ways = [
        (_("Evenings"), DutyLens(when=When.WEEKDAY_EVENING)),
        (_("Weekends"), DutyLens(when=When.WEEKEND)),
        (_("Free"), DutyLens(is_free=True)),
        (_("Step-free"), DutyLens(is_step_free=True)),
    ]
    return Section(
        _("Supply: what is within reach"),
        paragraphs=(basis_of_supply(everything),),
        tables=(
            _reach_table(
                _("Place-hours a week for 100 young people, by ward"),
                [(_("All"), everything), *((name, _survey(asked, lens)) for name, lens in ways)],
            ),
            _reach_table(
                _("The same by ward and category"),
                [(name, _survey(asked, lens)) for name, lens in kinds],
            ),
        ),
    )


def _reach_table(caption: str, surveys: list[tuple[str, Survey]]) -> Table:
    by_code = [{area.code: area for area in survey.areas} for _name, survey in surveys]

    def of_areas(areas: Iterable[AreaAccess]) -> tuple[Value, ...]:
        codes = [area.code for area in areas]
        return tuple(
            Figure(
                Unit.OF_HUNDRED,
                100 * measures.average([known[code] for code in codes]),
            )
            for known in by_code
        )

    heads = (_("Ward"), *(name for name, _survey in surveys))
    return Table(caption, heads, _ward_rows(surveys[0][1].areas, of_areas))


def _ward_rows(
    areas: list[AreaAccess], values: Callable[[list[AreaAccess]], tuple[Value, ...]]
) -> list[Row]:
    wards: dict[str, list[AreaAccess]] = {}
    for area in areas:
        wards.setdefault(area.ward or "", []).append(area)
    rows = [Row(name or _("No ward"), values(wards[name])) for name in sorted(wards)]
    return [*rows, Row(_("All areas"), values(areas))]


def _people(areas: Iterable[AreaAccess]) -> Figure:
    known = [area.young_people for area in areas]
    whole = None if None in known else float(sum(people or 0 for people in known))
    return Figure(Unit.PEOPLE, whole)


def _reached(asked: Asked) -> Section:
    return Section(
        _("Reach: who came"),
        tables=(_by_age(asked), _by_decile(asked), *_by_ward(asked), *_with_send(asked)),
    )


def _by_age(asked: Asked) -> Table:
    def row(name: str, *bands: str) -> Row:
        parts = asked.cells("age", *bands)
        return Row(name, (count(parts), rate(parts)))

    return Table(
        _("Who came, by age"),
        (_("Age"), _("Came"), _("Per 1,000")),
        [
            *(row(name_of_ages(band), band) for band in _WITHIN),
            row(_("13 to 17 together"), *_WITHIN),
            row(name_of_ages(_PARTLY), _PARTLY),
        ],
    )


def _by_decile(asked: Asked) -> Table:
    def row(name: str, aged: Parts | None, parts: Parts | None) -> Row:
        return Row(name, (count(aged), rate(aged), count(parts), rate(parts)))

    def of_decile(code: str) -> Row:
        aged = asked.cells("decile_age", *(f"{code}:{band}" for band in _WITHIN))
        return row(_decile(code), aged, asked.cells("decile", code))

    # Of all together there are cells with less chance in them, and none of them hidden so soon.
    everyone = row(_("All areas"), asked.cells("age", *_WITHIN), asked.cells("city", "all"))
    return Table(
        _("Who came, by deprivation of where they live"),
        (
            _("Deprivation (decile 1 is most deprived)"),
            _("Aged 13 to 17"),
            _("Per 1,000"),
            _("Aged 11 to 24"),
            _("Per 1,000"),
        ),
        [*(of_decile(cell.code) for cell in asked.term.deciles), everyone],
    )


def _decile(number: int | str) -> str:
    return _("Decile %(number)s", number=number)


def _by_ward(asked: Asked) -> list[Table]:
    rows = []
    for ward in asked.term.tables.get("ward", ()):
        parts = asked.cells("ward", ward.code)
        rows.append(Row(ward.label, (count(parts), rate(parts))))
    heads = (_("Ward"), _("Came"), _("Per 1,000"))
    return [Table(_("Who came, by ward, aged 11 to 24"), heads, rows)] if rows else []


def _with_send(asked: Asked) -> list[Table]:
    """Return who said that they have special educational needs or a disability: of school years."""
    told = asked.told(Trait.SEND.key)
    bands = (*_WITHIN, _PARTLY)
    by_age = [*(Row(name_of_ages(band), told.of_age(band)) for band in bands)]
    by_age += [Row(_("13 to 24 together"), told.of_age(*bands))]
    if not has_any(by_age):
        return []
    heads = (_("Said yes"), _("Of all who answered"))
    caption = _("Special educational needs or a disability: those who came and chose to tell")
    return [
        Table(caption, (_("Age"), *heads), by_age),
        Table(
            _("The same, by deprivation"), (_("Deciles"), *heads), asked.by_fifth(told.of_fifths)
        ),
        Table(
            _("How many answered that question"),
            (_("Question"), _("Answered")),
            [Row(_("Special educational needs or a disability"), (count(told.answered),))],
        ),
    ]


def _gaps(asked: Asked, survey: Survey) -> Section:
    return Section(
        _("Gaps: where there is too little, or few come"),
        paragraphs=(
            _(
                "Areas in deciles 1 to 3 with less than half of what the city has on average, or from "
                "which less than half as many come. At most ten of the first and eight of the second."
            ),
        ),
        tables=(_little(survey), _few(asked)),
    )


def _little(survey: Survey) -> Table:
    spots = measures.cold_spots(survey.areas)[:_MOST_SPOTS]
    return Table(
        _("Little within reach, most young people short first"),
        (_("Area"), _("Decile"), _("Aged 13 to 19"), _("Place-hours a week for 100")),
        [
            Row(
                spot.area.label,
                (
                    Figure(Unit.DECILE, spot.area.decile),
                    Figure(Unit.PEOPLE, spot.area.young_people),
                    Figure(Unit.OF_HUNDRED, 100 * spot.area.access),
                ),
            )
            for spot in spots
        ],
    )


def _few(asked: Asked) -> Table:
    rows = []
    for area in few_come(asked.term.areas, asked.term.city):
        parts = asked.cells("area", area.code)
        rows.append(Row(area.label, (Figure(Unit.DECILE, area.decile), count(parts), rate(parts))))
    heads = (_("Area"), _("Decile"), _("Came"), _("Per 1,000"))
    return Table(_("Few come, lowest first, aged 11 to 24"), heads, rows)


def _consultation() -> Section:
    return Section(
        _("What young people said"),
        paragraphs=(
            _(
                "The duty asks you to find out what young people think of what there is, and to take "
                "it into account. Only you can say how. Nothing is typed or kept here: print this, or "
                "copy it, and write it in your own words."
            ),
        ),
        to_write=(
            _("Whom we asked, when and how"),
            _("What they said"),
            _("What we do about it"),
        ),
    )
