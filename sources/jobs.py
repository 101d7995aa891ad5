"""Background work of lists from elsewhere: each address is read again."""

from app.jobs import regularly
from sources.cli import read_all_again


@regularly("45 2 * * *")
def read_again() -> None:
    """Bring in anew every list that has an address; what cannot be read today is read tomorrow."""
    for _list in read_all_again():
        pass
