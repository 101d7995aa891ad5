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
from providers.passport import PaperState
from providers.queue import Pile
from providers.schemas import Act, Verdict
from providers.standing import Standing
from providers.tasks import TaskState

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
        DecisionKind.ENDORSEMENT_TAKEN_DOWN: _l("What it said for another, taken down"),
    }
)
name_all(
    {
        TaskState.DONE: _l("Done"),
        TaskState.TO_DO: _l("To do"),
        TaskState.WAITING: _l("Waiting"),
        TaskState.SENT_BACK: _l("Sent back"),
    }
)
name_all(
    {
        PaperState.HOLDS: _l("In place"),
        PaperState.RUNS_OUT: _l("Runs out soon"),
        PaperState.WAITING: _l("Waiting for a check"),
        PaperState.LAPSED: _l("Has run out"),
        PaperState.SENT_BACK: _l("Sent back"),
    }
)
name_all(
    {
        Pile.WAITING: _l("Waiting for a check"),
        Pile.EVIDENCE: _l("Evidence to look at"),
        Pile.RUNS_OUT: _l("Runs out within 30 days"),
        Pile.LAPSED: _l("Has run out"),
        Pile.SUSPENDED: _l("Paused"),
        Pile.REFUSED: _l("Sent back"),
        Pile.PREPARING: _l("Getting ready"),
        Pile.CHECKED: _l("Checked"),
    }
)
name_all(
    {
        Act.IDENTITY: _l("It is what it says it is"),
        Act.APPROVE: _l("Yes: young people are safe there"),
        Act.REFUSE: _l("Send back"),
        Act.SUSPEND: _l("Pause"),
    }
)
name_all(
    {
        Verdict.ACCEPT: _l("Accept"),
        Verdict.REFUSE: _l("Send back"),
    }
)
