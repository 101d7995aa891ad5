"""What people call kinds of organisations, and how far their check has come."""

from flask_babel import lazy_gettext as _l

from app.wording import name_all
from providers.models import (
    AssuranceKind,
    CheckLevel,
    DecisionKind,
    MemberRole,
    ProviderKind,
    ProviderStatus,
    Register,
)
from providers.standing import Standing

name_all(
    {
        ProviderKind.EMPLOYER: _l("Employer"),
        ProviderKind.YOUTH_GROUP: _l("Youth group"),
        ProviderKind.CULTURAL_BODY: _l("Arts, culture or heritage"),
        ProviderKind.SPORT: _l("Sport"),
        ProviderKind.SCHOOL: _l("School or college"),
        ProviderKind.COUNCIL: _l("Council"),
        ProviderKind.OTHER: _l("Something else"),
    }
)
name_all(
    {
        ProviderStatus.APPLIED: _l("Waiting for a check"),
        ProviderStatus.VERIFIED: _l("Checked"),
        ProviderStatus.SUSPENDED: _l("Paused"),
        ProviderStatus.REFUSED: _l("Sent back"),
    }
)
name_all(
    {
        Standing.PREPARING: _l("Getting ready"),
        Standing.WAITING: _l("Waiting for a check"),
        Standing.TRUSTED: _l("Checked"),
        Standing.LAPSED: _l("Something has run out"),
        Standing.SUSPENDED: _l("Paused"),
        Standing.REFUSED: _l("Sent back"),
    }
)
name_all(
    {
        Register.CHARITY_ENGLAND_WALES: _l("Charity Commission, England and Wales"),
        Register.CHARITY_SCOTLAND: _l("Scottish Charity Regulator"),
        Register.CHARITY_NORTHERN_IRELAND: _l("Charity Commission, Northern Ireland"),
        Register.COMPANY: _l("Companies House"),
        Register.SCHOOL: _l("Get Information about Schools (URN)"),
    }
)
name_all(
    {
        MemberRole.ADMIN: _l("Admin"),
        MemberRole.ORGANISER: _l("Organiser"),
        MemberRole.DOOR: _l("Door only"),
        MemberRole.SAFEGUARDING_LEAD: _l("Safeguarding lead"),
    }
)
name_all(
    {
        AssuranceKind.SAFEGUARDING_POLICY: _l("Safeguarding policy"),
        AssuranceKind.SAFEGUARDING_LEAD: _l("Training of the safeguarding lead"),
        AssuranceKind.INSURANCE: _l("Public liability insurance"),
        AssuranceKind.RISK_ASSESSMENT: _l("Risk assessment for young people"),
        AssuranceKind.STAFF_CHECK: _l("Check of a leader's record"),
    }
)
name_all(
    {
        CheckLevel.BASIC: _l("Basic check"),
        CheckLevel.STANDARD: _l("Standard check"),
        CheckLevel.ENHANCED: _l("Enhanced check"),
        CheckLevel.ENHANCED_BARRED: _l("Enhanced check with the children's barred list"),
    }
)
name_all(
    {
        DecisionKind.IDENTITY_CHECKED: _l("Is what it says it is"),
        DecisionKind.EVIDENCE_ACCEPTED: _l("Evidence accepted"),
        DecisionKind.EVIDENCE_REFUSED: _l("Evidence sent back"),
        DecisionKind.APPROVED: _l("First yes"),
        DecisionKind.PUBLISHED: _l("Second yes: young people can come"),
        DecisionKind.REFUSED: _l("Sent back"),
        DecisionKind.SUSPENDED: _l("Paused"),
        DecisionKind.LISTING_APPROVED: _l("Activity approved"),
        DecisionKind.LISTING_SENT_BACK: _l("Activity sent back"),
        DecisionKind.LISTING_PAUSED: _l("Activity paused"),
        DecisionKind.LISTING_WITHDRAWN: _l("Activity withdrawn"),
    }
)
