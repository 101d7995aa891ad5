"""What people call the reasons, states and changes of a listing."""

from flask_babel import lazy_gettext as _l

from app.wording import name_all
from listings.models import ReviewReason, VersionState

name_all(
    {
        ReviewReason.ONE_PLACE: _l(
            "There is only one place, so one adult may be with one young person."
        ),
        ReviewReason.NIGHT: _l("It runs between midnight and 6 in the morning."),
        ReviewReason.CONTACT: _l(
            "The words hold a phone number, an e-mail address or a name on an app."
        ),
        ReviewReason.WEB: _l("The words hold a web address."),
        ReviewReason.SECRET: _l("The words ask for something private or secret."),
        ReviewReason.UNDER_16_AT_WORK: _l("It is work experience for people under 16."),
        ReviewReason.NEW_AND_BIG: _l(
            "It has more than 30 places, and you have run fewer than three activities here."
        ),
        ReviewReason.SENT_BACK: _l("The council sent it back before."),
        VersionState.LIVE: _l("Saved"),
        VersionState.WAITING: _l("Waits for the council"),
        VersionState.REFUSED: _l("Sent back by the council"),
        VersionState.REPLACED: _l("Replaced by a later change"),
    }
)
