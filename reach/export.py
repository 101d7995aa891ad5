"""The file of a page's term: `reach.formats.sheet` makes it."""

from cube.queries import Reach
from reach.formats import sheet


def as_csv(reach: Reach) -> str:
    """Return every cell of a term as a CSV file."""
    return sheet.as_csv(reach.term)
