"""What people call the states of a booking."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.wording import name_all
from participation.models import BookingStatus
from participation.queries import Standing

name_all(
    {
        BookingStatus.CONFIRMED: _l("You have a place"),
        BookingStatus.CANCELLED: _l("You gave your place back"),
    }
)
# Apart from the above: members of two enumerations with the same value are one key to a dictionary.
name_all(
    {
        Standing.COMING: _l("You have a place"),
        Standing.CAME: _l("You came"),
        Standing.UNCONFIRMED: _l("Not confirmed yet"),
        Standing.CANCELLED: _l("You gave your place back"),
    }
)


def paused_words() -> str:
    """Return what a learner is told who has a place with a provider that is not trusted now."""
    return _(
        "This is paused for now. The council is looking at the organisation. "
        "Do not go until it is back."
    )
