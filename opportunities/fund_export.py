"""The report of a fund as a table to take away: it counts places and pounds, and no people."""

from collections.abc import Iterable
from datetime import date

from flask_babel import gettext as _

from app.spreadsheet import as_csv as sheet
from opportunities.fund_queries import EDITION, Offered
from opportunities.models import Fund

COLUMNS = (
    *("fund", "first_day", "last_day", "months_before", "category", "decile"),
    *("sessions", "places_offered", "pounds", "deprivation", "note"),
)


def as_csv(fund: Fund, offered: Iterable[Offered], *, today: date) -> str:
    """Return what was offered, a category and decile to a line; an empty decile is not known."""
    return sheet([COLUMNS, *(_row(fund, each, today) for each in offered)])


def _row(fund: Fund, each: Offered, today: date) -> tuple[object, ...]:
    return (
        *(fund.name, fund.starts_on, fund.ends_on, today.replace(day=1)),
        *(each.category.value, each.decile, each.sessions, each.places),
        f"{each.pence // 100}.{each.pence % 100:02}",
        EDITION,
        _("Places offered in months that are over, whether somebody came or not. No people."),
    )
