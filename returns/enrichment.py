"""Enrichment: the five categories of the DfE Enrichment Framework, offered and taken."""

from flask_babel import gettext as _

from app.wording import label
from cube.tables import CATEGORIES
from provision.lens import weeks_around
from reach.measures import Fifth
from returns import supply
from returns.asking import Asked, name_of_fifth
from returns.document import Figure, Name, Return, Row, Section, Table, Unit, Value
from returns.tracing import count, rate
from returns.wording import weeks_counted


def enrichment(asked: Asked) -> Return:
    """Return what is offered and who came, by category."""
    return Return(
        name=Name.ENRICHMENT,
        title=_("Enrichment: what is offered and who came, in five categories"),
        lead=_("The five categories of the Enrichment Framework of the Department for Education."),
        sections=(_offered(asked), _came(asked)),
        not_known=(
            _("What schools offer that nobody listed here."),
            _(
                "Who came to two categories counts in both: the categories do not add up to all "
                "who came."
            ),
        ),
    )


def _offered(asked: Asked) -> Section:
    weeks = weeks_around(asked.now)
    offered = supply.by_category(asked.db, asked.city, weeks, asked.now)
    rows = [
        Row(
            label(category),
            (
                Figure(Unit.THINGS, offer.listings),
                Figure(Unit.PLACE_HOURS, offer.places),
                Figure(Unit.PLACE_HOURS, offer.place_hours),
            ),
        )
        for category, offer in offered.items()
    ]
    heads = (_("Category"), _("Activities"), _("Places a week"), _("Place-hours a week"))
    return Section(
        _("What is offered"),
        tables=(Table(_("Offered in the city, by category"), heads, rows, weeks_counted(weeks)),),
    )


def _came(asked: Asked) -> Section:
    def row(name: str, *fifths: Fifth) -> Row:
        each = (asked.did("category", trait.key, *fifths) for trait in CATEGORIES.values())
        return Row(name, tuple(count(parts) for parts in each))

    rows = [*(row(name_of_fifth(f), f) for f in asked.fifths), row(_("All areas"), *asked.fifths)]
    names = [label(category) for category in CATEGORIES]
    return Section(
        _("Who came"),
        tables=(
            Table(
                _("Young people who came, by deprivation and category"),
                (_("Deciles"), *names),
                rows,
            ),
            _rates(asked),
            Table(
                _("Young people who came to anything"),
                (_("Deciles"), _("Came"), _("Per 1,000")),
                asked.by_fifth(lambda *fifths: _any(asked, *fifths)),
            ),
        ),
    )


def _rates(asked: Asked) -> Table:
    """Return how many of 1,000 came to each category, of the ends and of all."""
    ends = [asked.fifths[:1], asked.fifths[-1:], asked.fifths]
    rows = [
        Row(
            label(category),
            tuple(rate(asked.did("category", trait.key, *fifths)) for fifths in ends),
        )
        for category, trait in CATEGORIES.items()
    ]
    heads = (_("Category"), _("Most deprived"), _("Least deprived"), _("All areas"))
    return Table(_("For every 1,000 young people, by category"), heads, rows)


def _any(asked: Asked, *fifths: Fifth) -> tuple[Value, ...]:
    parts = asked.came(*fifths)
    return count(parts), rate(parts)
