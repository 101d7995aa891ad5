"""Benchmark 6: who came to work experience, ten days of it, and what employers offer."""

from flask_babel import gettext as _

from app.wording import label
from cube.tables import Trait
from reach.measures import Fifth
from returns import supply
from returns.asking import Asked, has_any
from returns.document import Figure, Name, Return, Row, Section, Table, Unit, Value
from returns.tracing import count, rate, share


def workplaces(asked: Asked) -> Return:
    """Return who came to work experience, and what there is to come to."""
    return Return(
        name=Name.WORKPLACES,
        title=_("Workplaces: who came to work experience, and who offers it"),
        lead=_("For Gatsby Benchmark 6: experiences of workplaces."),
        sections=(*_came(asked), _offered(asked)),
        not_known=(
            _("In which school year somebody is: the benchmark counts by school year."),
            _("Work experience that schools arrange and nobody listed here."),
            _(
                "Whether employers kept what they promise: each young person says so for themselves."
            ),
        ),
    )


def _came(asked: Asked) -> list[Section]:
    def values(*fifths: Fifth) -> tuple[Value, ...]:
        work = asked.did("workplace", Trait.WORKPLACE.key, *fifths)
        ten = asked.did("workplace", Trait.TEN_DAYS.key, *fifths)
        came = asked.came(*fifths)
        return count(work), rate(work), count(ten), rate(ten), share(ten, came)

    rows = asked.by_fifth(values)
    if not has_any(rows):
        return []
    heads = (
        _("Deciles"),
        _("Came to work experience"),
        _("Per 1,000"),
        _("Ten days by then"),
        _("Per 1,000"),
        _("Part of those who came"),
    )
    return [
        Section(
            _("Who came to work experience"),
            paragraphs=(
                _(
                    "Ten days by then: those who came to anything in the period and had, from the "
                    "start up to its end, ten days or more with employers."
                ),
            ),
            tables=(Table(_("Work experience, by deprivation"), heads, rows),),
        )
    ]


def _offered(asked: Asked) -> Section:
    found = supply.employers(asked.db, asked.city, asked.now)
    note = _("Public listings, as they stand today.")
    return Section(
        _("What employers offer"),
        tables=(
            Table(
                _("Work experience listed in the city"),
                (_("What"), _("Number")),
                [
                    Row(_("Employers who offer it"), (Figure(Unit.THINGS, found.organisations),)),
                    Row(_("Work experience listed"), (Figure(Unit.THINGS, found.listings),)),
                ],
                note,
            ),
            Table(
                _("What they promise: the seven points of a good encounter"),
                (_("Point"), _("Listings that promise it")),
                [
                    Row(label(point), (Figure(Unit.THINGS, number),))
                    for point, number in found.points.items()
                ],
                note,
            ),
        ),
    )
