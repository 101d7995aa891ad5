"""What people call roles and age bands."""

from flask_babel import lazy_gettext as _l

from accounts.models import AgeBand, Role
from app.wording import name_all

name_all(
    {
        Role.LEARNER: _l("Young person"),
        Role.GUARDIAN: _l("Parent or carer"),
        Role.SUPPORTER: _l("Supporter"),
        Role.PROVIDER_STAFF: _l("Works for an organisation"),
        Role.PROVIDER_ADMIN: _l("Runs an organisation's page"),
        Role.AUTHORITY_OFFICER: _l("Council officer"),
        Role.CITY_ADMIN: _l("Looks after a city"),
        Role.PLATFORM_ADMIN: _l("Looks after Tirnod"),
    }
)
name_all(
    {
        AgeBand.FROM_11_TO_12: _l("11 or 12"),
        AgeBand.FROM_13_TO_15: _l("13 to 15"),
        AgeBand.FROM_16_TO_17: _l("16 or 17"),
        AgeBand.FROM_18_TO_24: _l("18 to 24"),
        AgeBand.FROM_25: _l("25 or older"),
    }
)
