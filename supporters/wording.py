"""What people call those who help, what they may do, and how long."""

from flask_babel import lazy_gettext as _l

from app.wording import name_all
from supporters.models import EndedBy, PageKind, SupportKind, SupportScope
from supporters.service import Lasting

name_all(
    {
        SupportKind.TEACHER: _l("Teacher"),
        SupportKind.MENTOR: _l("Mentor"),
        SupportKind.COACH: _l("Coach"),
        SupportKind.YOUTH_WORKER: _l("Youth worker"),
        SupportKind.CAREERS_ADVISER: _l("Careers adviser"),
        SupportKind.GUARDIAN: _l("Parent or carer"),
        SupportKind.OTHER: _l("Someone else I trust"),
    }
)
name_all(
    {
        SupportScope.SEE_RECORD: _l("See my record and my feedback"),
        SupportScope.SEE_EVIDENCE: _l("See the evidence I share"),
        SupportScope.SEE_PLANS: _l("See my goals and plans"),
        SupportScope.COMMENT: _l("Write feedback for me"),
    }
)
name_all(
    {
        EndedBy.LEARNER: _l("You ended it"),
        EndedBy.ADULT: _l("They ended it"),
        EndedBy.GUARDIAN: _l("Your parent or carer ended it"),
        EndedBy.OFFICER: _l("The council ended it"),
        EndedBy.AGE: _l("It ended when you turned 18"),
    }
)
name_all(
    {
        PageKind.OVERVIEW: _l("your page"),
        PageKind.RECORD: _l("your record"),
        PageKind.EVIDENCE: _l("your evidence"),
        PageKind.PLANS: _l("your plans"),
        PageKind.FEEDBACK: _l("your feedback"),
        PageKind.BOOKINGS: _l("your bookings"),
    }
)
name_all(
    {
        Lasting.MONTH: _l("One month"),
        Lasting.SCHOOL_YEAR: _l("Until the end of the school year"),
        Lasting.YEAR: _l("One year"),
    }
)
