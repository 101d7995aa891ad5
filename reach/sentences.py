"""What the numbers say, in sentences: for the page, the command and whoever reads neither table.

No place name stands inside a sentence, and none is put together from halves: Welsh changes the
start of a word by the word before it.
"""

from collections.abc import Sequence
from math import hypot

from flask_babel import format_decimal, format_percent, ngettext
from flask_babel import gettext as _

from cube.cells import Cell
from cube.queries import Released
from geo.wording import edition_name as edition_name
from geo.wording import population_name as population_name
from reach.measures import Concentration, Fifth, Gap, gap_between, last_break

#: Gap indices that differ by less than this, or by less than the noise makes, are called the same.
_SAME = 0.03


def headline(term: Released) -> str:
    """Return whom the city reaches, deprived against well off, in one sentence."""
    gap = gap_between(term.deciles)
    if gap is None:
        return _("All areas here are about as deprived as each other, so there is no gap to show.")
    most, least = gap.most.total, gap.least.total
    if most.is_hidden or least.is_hidden:
        return _("Too few young people came to say how deprived areas and others compare.")
    if most.rate is None or least.rate is None:
        return _("We do not know how many young people live here, so we cannot compare areas.")
    return _how_often(gap) % {
        "most": figure(most.per_thousand),
        "least": figure(least.per_thousand),
    }


def comparison(gap: Gap) -> str:
    """Return which areas the headline speaks of, where they are not the outer fifths of England."""
    if gap.most.is_most_deprived and gap.least.is_least_deprived:
        return ""
    return _(
        "Most deprived here: %(most)s. Least deprived here: %(least)s.",
        most=deciles_of(gap.most),
        least=deciles_of(gap.least),
    )


def deciles_of(fifth: Fifth) -> str:
    return _(
        "deciles %(first)s and %(second)s",
        first=fifth.first_decile,
        second=fifth.first_decile + 1,
    )


def trend(terms: Sequence[Released]) -> str:
    """Return how the gap has moved up to the last of `terms`, oldest first; empty for one term.

    Only periods since the last break of the series are compared.
    """
    gaps = [gap_between(term.deciles) for term in terms[last_break(terms) :]]
    if len(gaps) < 2 or _width(gaps[-1]) is None or _width(gaps[-2]) is None:
        return ""
    steps = _same_way_steps(gaps)
    if steps == 0:
        return _("The gap is about the same as the time before.")
    if steps > 0:
        return ngettext(
            "The gap is wider than the time before.",
            "The gap has widened %(num)s times in a row.",
            steps,
        )
    return ngettext(
        "The gap is narrower than the time before.",
        "The gap has closed a little %(num)s times in a row.",
        -steps,
    )


def leaking(key: str | None) -> str:
    """Return where on the way the most deprived areas lose more young people than the others."""
    return {
        None: _("At no step do the most deprived areas lose clearly more than the others."),
        "applied": _(
            "Most is lost before asking: young people of the most deprived areas ask for a place "
            "less often, once they have an account."
        ),
        "offered": _(
            "Most is lost between asking and being given a place: young people of the most "
            "deprived areas who ask are turned down more often."
        ),
        "came": _(
            "Most is lost between the place and the door: young people of the most deprived areas "
            "who were given a place come less often."
        ),
        "came_again": _(
            "Most is lost after the first time: young people of the most deprived areas who came "
            "once come again less often."
        ),
    }[key]


def percent(share: float | None) -> str:
    """Return a share as every page writes it."""
    return _("Not shown") if share is None else format_percent(share, "0%")


def gathered(found: Concentration | None) -> str:
    """Return what the concentration index says, in a sentence with its interval."""
    if found is None:
        return _("The concentration index cannot be said: a decile is hidden or not known.")
    values = {
        "index": signed(found.index),
        "low": signed(found.low),
        "high": signed(found.high),
    }
    if found.low <= 0 <= found.high:
        return _(
            "Concentration index %(index)s (95 times in 100 between %(low)s and %(high)s): no clear "
            "lean to either side.",
            **values,
        )
    if found.index > 0:
        return _(
            "Concentration index %(index)s (95 times in 100 between %(low)s and %(high)s): taking "
            "part is gathered among the less deprived.",
            **values,
        )
    return _(
        "Concentration index %(index)s (95 times in 100 between %(low)s and %(high)s): taking part "
        "is gathered among the more deprived.",
        **values,
    )


def signed(number: float) -> str:
    """Return a number with its sign and two decimals."""
    return format_decimal(round(number, 2), format="+0.00;-0.00")


def shown(cell: Cell) -> str:
    """Return a count as every page writes it: the number, or that it is hidden."""
    return _hidden(cell) if cell.learners is None else figure(cell.learners)


def shown_rate(cell: Cell) -> str:
    """Return a rate as every page writes it."""
    if cell.is_hidden:
        return _hidden(cell)
    return _("Not known") if cell.per_thousand is None else figure(cell.per_thousand)


def _hidden(cell: Cell) -> str:
    return too_few(cell.smallest_shown) if cell.smallest_shown else _("Not shown")


def too_few(smallest_shown: int) -> str:
    return _("Fewer than %(number)s", number=smallest_shown)


def figure(number: int | float | None) -> str:
    """Return a number in the reader's language: `1,234`."""
    return "" if number is None else format_decimal(number)


def index(ratio: float | None) -> str:
    """Return a gap index with its two decimals."""
    return _("Not known") if ratio is None else format_decimal(ratio, format="0.00")


def _how_often(gap: Gap) -> str:
    if not gap.is_clear or gap.ratio is None:
        return _(
            "Young people in the most deprived areas take part about as often (%(most)s in 1,000) "
            "as those in the least deprived areas (%(least)s in 1,000)."
        )
    if gap.ratio > 1:
        return _(
            "Young people in the most deprived areas take part more often (%(most)s in 1,000) "
            "than those in the least deprived areas (%(least)s in 1,000)."
        )
    if gap.ratio > 0.6:
        return _(
            "Young people in the most deprived areas take part less often (%(most)s in 1,000) "
            "than those in the least deprived areas (%(least)s in 1,000)."
        )
    if gap.ratio >= 0.4:
        return _(
            "Young people in the most deprived areas take part about half as often "
            "(%(most)s in 1,000) as those in the least deprived areas (%(least)s in 1,000)."
        )
    return _(
        "Young people in the most deprived areas take part less than half as often "
        "(%(most)s in 1,000) as those in the least deprived areas (%(least)s in 1,000)."
    )


def _width(gap: Gap | None) -> float | None:
    """Return how far a gap is from none, whichever side is behind."""
    return None if gap is None or gap.ratio is None else abs(1 - gap.ratio)


def _same_way_steps(gaps: Sequence[Gap | None]) -> int:
    """Return over how many last steps the gap has moved the same way: negative is closing."""
    steps = 0
    for before, after in zip(gaps[-2::-1], gaps[:0:-1], strict=True):
        way = _way(before, after)
        if way == 0 or way * steps < 0:
            break
        steps += way
    return steps


def _way(before: Gap | None, after: Gap | None) -> int:
    """Return 1 where the gap widened, -1 where it closed, 0 where nobody can tell."""
    then, since = _width(before), _width(after)
    if before is None or after is None or then is None or since is None:
        return 0
    by_chance = 2 * hypot(before.noise_in_ratio, after.noise_in_ratio)
    if abs(since - then) < max(_SAME, by_chance):
        return 0
    return 1 if since > then else -1
