"""What people call what this room knows. The one file that knows a language."""

from flask_babel import lazy_gettext as _l

from app.wording import name_all
from wallet.models import FetchEnd, Kept, WhyNot
from wallet.scopes import Scope
from wallet.service import MOST_IMPORTED

name_all(
    {
        Scope.READ_BADGES: _l("See all your badges, also those from elsewhere"),
        Scope.ADD_BADGES: _l("Add badges to your own"),
        Scope.READ_PROFILE: _l(
            "See the random number that stands for you in badges. It does not say who you are."
        ),
        Scope.CHANGE_PROFILE: _l("Send us a profile. We change nothing about you by it."),
        Scope.OFFLINE: _l("Do so while you are not here, until you stop it"),
    }
)
name_all(
    {
        Kept.NEW: _l("Kept"),
        Kept.REPLACED: _l("Newer than the one you had, which it replaces"),
        Kept.SAME: _l("You had it already"),
    }
)
name_all(
    {
        WhyNot.GIVEN_HERE: _l("This badge was given here. If it is yours, it is on your profile."),
        WhyNot.TOO_MANY: _l(
            "You keep %(number)s badges already. Delete one first.", number=MOST_IMPORTED
        ),
        WhyNot.TOO_LARGE: _l("That badge is too big."),
        WhyNot.NOT_NEWER: _l("You have this badge already, and this one is not newer."),
        WhyNot.LESS_SURE: _l(
            "You have this badge already, and we could not check this newer one. Try later."
        ),
        WhyNot.CHECK_FAILED: _l(
            "We did not keep this badge, because a check failed. See which below."
        ),
        WhyNot.ISSUER_UNKNOWN: _l("We could not find out who gave this badge. Try again later."),
        WhyNot.UNREADABLE: _l("We did not keep this badge, because we could not read it."),
    }
)
name_all(
    {
        FetchEnd.SAID_NO: _l("You said no there, so nothing was fetched."),
        FetchEnd.NOT_LET_IN: _l("It did not let us in, so nothing was fetched. You can try again."),
        FetchEnd.NO_ANSWER: _l("It gave no answer in time, or none that we could take. Try later."),
        FetchEnd.NOT_UNDERSTOOD: _l(
            "It answered in a way that we do not understand. That is not your mistake."
        ),
        FetchEnd.BROKEN_OFF: _l("It broke off on our side. Please begin again."),
    }
)
