"""The report on paper: what stands on it, in the reader's language, for `app.paper` to set.

It says what the page says, of one release, and nothing else: made again from the same release it
is the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import render_template
from flask_babel import format_date, format_decimal, ngettext
from flask_babel import gettext as _

from app.paper import set_on_paper
from app.wording import label
from cube.cells import Cell
from cube.disclosure import chance_of_telling
from cube.queries import Reach, Released
from cube.tables import OLDEST, YOUNGEST
from geo.drawing import Drawing
from opportunities.models import Category
from reach import sentences as say
from reach.classes import by_class, range_of
from reach.measures import (
    CLASS_STARTS,
    Across,
    breaks_in,
    categories_of,
    cold_spots,
    concentration,
    depth_of,
    gap_between,
    leak_in,
    representation,
    told_of,
    way_of,
)
from reach.wording import category_of, name_of
from reach.words import sections_of

#: Stands where a number cannot be.
_NOTHING = "\N{EN DASH}"
_TEMPLATE = Path(__file__).with_name("paper.typ")
#: The pattern of each class of the map, as `print.html` and `parts.html` draw them.
_FILLS = {f"class-{place}": f"print-{place}" for place in range(len(CLASS_STARTS))} | {
    "hidden": "hatch",
    "unknown": "dots",
}


@dataclass(frozen=True)
class Table:
    """A table on paper. The first column names the row; with bars, the second is drawn."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    #: How long the bar of each row is, from 0 to 1; `None` where there is no number to draw.
    bars: Sequence[float | None] = ()
    #: Where the line of all areas stands, from 0 to 1.
    line: float | None = None


@dataclass(frozen=True)
class Picture:
    """The map, what it shows in words, and what each pattern means."""

    svg: str
    words: str
    #: Each a pattern as SVG, and what it means.
    legend: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Part:
    """A heading, and what stands under it."""

    title: str
    paragraphs: Sequence[str] = ()
    table: Table | None = None
    picture: Picture | None = None
    #: What stands under the table.
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Sheet:
    """All that stands on paper."""

    title: str
    about: str
    lead: str
    notes: Sequence[str]
    #: Each a number, and what it is of.
    figures: Sequence[tuple[str, str]]
    parts: Sequence[Part]
    method: str
    #: How it was worked out: a heading, and lines with what each is of.
    sections: Sequence[Any]
    #: Stands at the foot of each page: which version this is.
    foot: str
    page_words: str


def as_pdf(sheet: Sheet, release: Released, *, language: str) -> bytes:
    """Return the report as a PDF with tags, a title and its language: the same each time.

    :param language: `en` or `cy`: that of the words in it.
    """
    told = asdict(sheet) | {"language": language}
    return set_on_paper(_TEMPLATE, told, made_at=release.released_at)


def sheet_of(reach: Reach, *, city_name: str, drawn: Drawing | None) -> Sheet:
    """Return what a report says, in the language of the moment."""
    term = reach.term
    gap, depth = gap_between(term.deciles), depth_of(term)
    cold = cold_spots(reach.areas, term.city)
    figures = [
        (_("Took part at least once"), say.shown(term.city)),
        (_("Per 1,000 young people"), say.shown_rate(term.city)),
        (_("Gap index (1 is no gap)"), say.index(gap.ratio if gap else None)),
        *((name_of(each.key), say.percent(each.all)) for each in depth[:1]),
        *([(_("Cold spots"), say.figure(len(cold)))] if reach.areas else []),
    ]
    return Sheet(
        title=f"{_('Who we reach')}: {city_name}",
        about=_about(term),
        lead=" ".join(filter(None, (say.headline(term), say.trend(reach.terms_so_far)))),
        notes=list(filter(None, (say.comparison(gap) if gap else "", _corrected(term)))),
        figures=figures,
        parts=list(_parts(reach, drawn, cold)),
        method=_("How we worked this out"),
        sections=sections_of(_method(reach)),
        foot=_foot(city_name, term),
        page_words=_("Page"),
    )


def digest_of(release: Released) -> str:
    """Return what tells one signature from another, short enough to read out; empty without one."""
    if not release.signature:
        return ""
    digest = sha256(release.signature.encode()).hexdigest()[:16]
    return " ".join(digest[place : place + 4] for place in range(0, len(digest), 4))


def _about(term: Released) -> str:
    days = (format_date(day, "d MMMM yyyy") for day in (term.starts_on, term.last_day))
    return f"{term.name}: {f' {_NOTHING} '.join(days)}. {_('Ages')}: {YOUNGEST} {_('to')} {OLDEST}."


def _corrected(term: Released) -> str:
    if not term.reason:
        return ""
    day = format_date(term.released_at, "d MMMM yyyy")
    return _("Corrected on %(day)s, because: %(reason)s", day=day, reason=term.reason)


def _foot(city_name: str, term: Released) -> str:
    said = [city_name, term.name, _("version %(number)s", number=term.version)]
    if digest := digest_of(term):
        said.append(_("signature %(digest)s", digest=digest))
    return " · ".join(said)


def _method(reach: Reach) -> str:
    """Return the words of the page itself on how it was worked out."""
    return render_template(
        "reach/method.html",
        reach=reach,
        say=say,
        right_at_most=round(100 * chance_of_telling(reach.term.rho)),
    )


def _parts(reach: Reach, drawn: Drawing | None, cold: Sequence[Cell]) -> Iterable[Part]:
    term = reach.term
    if drawn is not None and reach.areas:
        yield _map(reach, drawn, cold)
    yield _by_decile(term)
    yield _by_age(term)
    if reach.areas:
        yield _cold(cold)
    yield from _across(term)
    if told := told_of(term):
        yield _told(told)
    yield _over_time(reach)
    if wards := term.tables.get("ward"):
        yield _by_ward(term, wards)


def _map(reach: Reach, drawn: Drawing, cold: Sequence[Cell]) -> Part:
    smallest, groups = reach.areas[0].smallest_shown, by_class(reach.areas)
    shown = [(name, areas) for name, areas in groups if areas or name.startswith("class")]
    ranges = {name: range_of(name, smallest) for name, _areas in shown}
    counts = "; ".join(f"{ranges[name]}: {len(areas)}" for name, areas in shown)
    svg = render_template(
        "reach/paper_map.svg", drawn=drawn, by_class=groups, cold_spots=cold, fills=_FILLS
    )
    numbered = [_("Numbered circles are cold spots.")] if cold else []
    said = [_("Taking part for every 1,000 young people who live there."), *numbered]
    return Part(
        _("Where young people take part"),
        [" ".join(said)],
        picture=Picture(
            svg=svg,
            words=f"{_('Map of areas. The tables below have the same numbers.')} {counts}.",
            legend=[(_swatch(_FILLS[name]), words) for name, words in ranges.items()],
        ),
    )


def _swatch(fill: str) -> str:
    return render_template("reach/paper_swatch.svg", fill=fill)


def _by_decile(term: Released) -> Part:
    ratios = {each.cell.code: each.ratio for each in representation(term.deciles)}
    gap = gap_between(term.deciles)
    between = (
        [_("Between the fifths it is %(number)s in 1,000.", number=say.figure(abs(gap.difference)))]
        if gap and gap.difference is not None
        else []
    )
    return Part(
        _("By deprivation"),
        table=_bars(
            _("Young people taking part for every 1,000, by decile, and how they are represented"),
            [_("Decile"), _("Per 1,000"), _("Represented")],
            term,
            [
                (cell, [_decile(cell), say.shown_rate(cell), say.index(ratios[cell.code])])
                for cell in term.deciles
            ],
        ),
        notes=[
            f"{_('The line shows all areas')}: {say.shown_rate(term.city)}. "
            + _("Represented: 1 is as many as live there would make; less is too few."),
            " ".join([say.gathered(concentration(term.deciles)), *between]),
        ],
    )


def _decile(cell: Cell) -> str:
    meant = {1: _("most deprived"), 10: _("least deprived")}.get(cell.decile or 0, "")
    return f"{cell.decile} {meant}".strip()


def _by_age(term: Released) -> Part:
    to = f" {_('to')} "
    return Part(
        _("By age"),
        table=_bars(
            _("Young people taking part for every 1,000, by age"),
            [_("Age"), _("Per 1,000")],
            term,
            [
                (cell, [cell.label.replace("-", to), say.shown_rate(cell)])
                for cell in term.tables.get("age", ())
            ],
        ),
    )


def _bars(
    caption: str,
    heads: Sequence[str],
    term: Released,
    rows: Sequence[tuple[Cell, Sequence[str]]],
) -> Table:
    """Return a table that is a chart: all bars to one scale, with the line of all areas."""
    *bars, line = _to_one_scale([*(cell.rate for cell, _row in rows), term.city.rate])
    return Table(caption, heads, [row for _cell, row in rows], bars=bars, line=line)


def _to_one_scale(rates: Sequence[float | None]) -> list[float | None]:
    highest = max((rate for rate in rates if rate), default=1.0)
    return [None if rate is None else rate / highest for rate in rates]


def _cold(cold: Sequence[Cell]) -> Part:
    title = _("Cold spots to act on first")
    if not cold:
        return Part(title, [_("None: no area in deciles 1 to 3 is that far below the whole city.")])
    heads = [_("Area"), _("Decile"), _("Young people"), _("Took part"), _("Per 1,000")]
    return Part(
        title,
        [_("Areas in deciles 1 to 3 where less than half as many take part as in the whole city.")],
        Table(
            _("Cold spots, lowest first"),
            heads,
            [
                [
                    f"{number}. {spot.label}",
                    str(spot.decile),
                    say.figure(spot.young_people),
                    say.shown(spot),
                    say.shown_rate(spot),
                ]
                for number, spot in enumerate(cold, start=1)
            ],
        ),
    )


def _across(term: Released) -> Iterable[Part]:
    """Yield what is said of all areas beside the most and the least deprived fifth."""
    if depth := depth_of(term):
        rows = [
            [name_of(each.key), *map(say.percent, (each.all, each.most, each.least))]
            for each in depth
        ]
        yield Part(
            _("How much they take part"),
            table=Table(
                _("Of those who came, what part did more"), _fifths(_("What they did")), rows
            ),
        )
    if categories := categories_of(term):
        yield Part(
            _("What they take part in"),
            table=Table(
                _("Young people taking part for every 1,000, by category"),
                _fifths(_("Category")),
                [[label(_category(each.key)), *_rates(each)] for each in categories],
            ),
            notes=[_("Who came to two categories counts in both.")],
        )
    if way := way_of(term):
        yield Part(
            _("The way from finding to using"),
            [say.leaking(leak_in(way))],
            Table(
                _("Young people for every 1,000, by how far they came"),
                _fifths(_("Step")),
                [[name_of(each.key), *_rates(each)] for each in way],
            ),
        )


def _fifths(first: str) -> list[str]:
    return [first, _("All areas"), _("Most deprived"), _("Least deprived")]


def _rates(each: Across) -> list[str]:
    return [say.shown_rate(cell) for cell in (each.all, each.most, each.least)]


def _told(told: Sequence[tuple[Across, float | None]]) -> Part:
    return Part(
        _("What they chose to tell"),
        [
            _(
                "Nobody has to say, and nobody sees an answer. These are numbers of those who came"
                " and told, with chance added."
            )
        ],
        Table(
            _("Those who came, by what they told"),
            [*_fifths(_("What they told")), _("Of those who answered")],
            [
                [
                    name_of(each.key),
                    *map(say.shown, (each.all, each.most, each.least)),
                    say.percent(share),
                ]
                for each, share in told
            ],
        ),
    )


def _over_time(reach: Reach) -> Part:
    terms = reach.terms_so_far
    if len(terms) < 2:
        said = [_("This is the first period. The trend starts with the second.")]
    elif reach.term.kind == "term":
        compare = _("Terms are not equally long: compare a term with the same term a year before.")
        said = [" ".join(filter(None, (say.trend(terms), compare)))]
    else:
        said = [words] if (words := say.trend(terms)) else []
    broken = breaks_in(terms)
    return Part(
        _("Over time"),
        said,
        Table(
            _("Young people taking part for every 1,000, by period"),
            [*_fifths(_("Period")), _("Gap index")],
            [_of_period(term, place in broken) for place, term in enumerate(terms)],
            bars=_to_one_scale([term.city.rate for term in terms]),
        ),
    )


def _of_period(term: Released, is_break: bool) -> list[str]:
    gap = gap_between(term.deciles)
    name = f"{term.name}. {_('Break: counted anew from here')}" if is_break else term.name
    return [
        name,
        say.shown_rate(term.city),
        say.shown_rate(gap.most.total) if gap else _NOTHING,
        say.shown_rate(gap.least.total) if gap else _NOTHING,
        say.index(gap.ratio if gap else None),
    ]


def _by_ward(term: Released, wards: Sequence[Cell]) -> Part:
    return Part(
        _("Ward by ward"),
        table=_bars(
            ngettext("%(num)d ward", "%(num)d wards", len(wards)),
            [_("Ward"), _("Per 1,000"), _("Took part"), _("Young people")],
            term,
            [
                (
                    ward,
                    [
                        ward.label,
                        say.shown_rate(ward),
                        say.shown(ward),
                        _NOTHING
                        if ward.young_people is None
                        else format_decimal(ward.young_people),
                    ],
                )
                for ward in wards
            ],
        ),
    )


def _category(key: str) -> Category:
    category = category_of(key)
    assert category is not None, key
    return category
