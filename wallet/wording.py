"""What people call what this room knows. The one file that knows a language."""

from flask_babel import lazy_gettext as _l

from app.wording import name_all
from wallet.scopes import Scope

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
