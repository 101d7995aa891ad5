"""What people call kinds of organisations, and how far their check has come."""

from flask_babel import lazy_gettext as _l

from app.wording import name_all
from providers.models import ProviderKind, ProviderStatus

name_all(
    {
        ProviderKind.EMPLOYER: _l("Employer"),
        ProviderKind.YOUTH_GROUP: _l("Youth group"),
        ProviderKind.CULTURAL_BODY: _l("Arts, culture or heritage"),
    }
)
name_all(
    {
        ProviderStatus.APPLIED: _l("Waiting for a check"),
        ProviderStatus.VERIFIED: _l("Checked"),
        ProviderStatus.SUSPENDED: _l("Paused"),
    }
)
