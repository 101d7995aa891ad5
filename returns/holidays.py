"""Holiday activities: who came when schools were closed, and what there was to come to."""

from flask_babel import format_date
from flask_babel import gettext as _

from accounts.models import YOUNG_BANDS
from app.terms import period_named
from cube.tables import Trait
from reach.measures import Fifth
from returns import supply
from returns.asking import Asked, has_any, name_of_ages
from returns.document import Figure, Name, Return, Row, Section, Table, Unit, Value
from returns.tracing import count, rate, share


def holidays(asked: Asked) -> Return:
    """Return who came in the holidays, what was offered then, and who said they have free meals."""
    return Return(
        name=Name.HOLIDAYS,
        title=_("Holiday activities: who came, and what there was"),
        lead=_("For the return of the Holiday Activities and Food programme."),
        sections=(_came(asked), _offered(asked), *_free_meals(asked)),
        not_known=(
            _(
                "Who is eligible: the codes of the programme are not held here. Take those numbers "
                "from your booking system."
            ),
            _("Who came in the holidays and has free school meals: no number says both."),
            _("Children younger than 11: only ages 11 to 24 are counted."),
            _("Whether a meal was eaten: only that there was food."),
        ),
    )


def _came(asked: Asked) -> Section:
    def values(*fifths: Fifth) -> tuple[Value, ...]:
        parts = asked.did("holiday", Trait.HOLIDAY.key, *fifths)
        came = asked.came(*fifths)
        return count(parts), rate(parts), count(came), share(parts, came)

    heads = (
        _("Deciles"),
        _("Came in the holidays"),
        _("Per 1,000"),
        _("Came at any time"),
        _("Part of those who came"),
    )
    return Section(
        _("Who came in the holidays"),
        tables=(
            Table(
                _("Young people who came in the school holidays, by deprivation"),
                heads,
                asked.by_fifth(values),
            ),
        ),
    )


def _offered(asked: Asked) -> Section:
    rows = [
        Row(
            _days(each),
            (
                Figure(Unit.THINGS, each.sessions),
                Figure(Unit.THINGS, each.places),
                Figure(Unit.PLACE_HOURS, each.place_hours),
                Figure(Unit.THINGS, each.free_places),
                Figure(Unit.THINGS, each.fed_places),
            ),
        )
        for each in supply.in_holidays(
            asked.db, asked.city, period_named(asked.term.period), asked.now
        )
    ]
    heads = (
        _("Holiday"),
        _("Sessions"),
        _("Places"),
        _("Place-hours"),
        _("Free places"),
        _("Places with food"),
    )
    return Section(
        _("What was offered in the holidays"),
        tables=(
            Table(
                _("Offered in the city, by holiday"),
                heads,
                rows,
                _(
                    "Public listings of organisations that the council trusts today. Full sessions "
                    "count, those called off do not. A holiday that the period cuts is counted in part."
                ),
            ),
        ),
    )


def _days(each: supply.Holiday) -> str:
    return _(
        "%(first)s to %(last)s",
        first=format_date(each.first_day, "d MMM yyyy"),
        last=format_date(each.last_day, "d MMM yyyy"),
    )


def _free_meals(asked: Asked) -> list[Section]:
    told = asked.told(Trait.FREE_MEALS.key)
    rows = [Row(name_of_ages(band), told.of_age(band)) for band in YOUNG_BANDS]
    rows += [Row(_("All ages"), told.of_age(*YOUNG_BANDS))]
    if not has_any(rows):
        return []
    heads = (_("Said yes"), _("Of all who answered"))
    return [
        Section(
            _("Free school meals, in the whole year"),
            paragraphs=(
                _(
                    "Those who came at any time of the year, holidays or not, and chose to tell that "
                    "they have free school meals. Nobody has to say."
                ),
            ),
            tables=(
                Table(_("Said that they have free meals, by age"), (_("Age"), *heads), rows),
                Table(
                    _("The same, by deprivation"),
                    (_("Deciles"), *heads),
                    asked.by_fifth(told.of_fifths),
                ),
                Table(
                    _("How many answered that question"),
                    (_("Question"), _("Answered")),
                    [Row(_("Free school meals"), (count(told.answered),))],
                ),
            ),
        )
    ]
