"""What people call those who give feedback."""

from flask_babel import lazy_gettext as _l

from app.wording import name_all
from feedback.models import GiverKind

name_all(
    {
        GiverKind.TEACHER: _l("Teacher"),
        GiverKind.MENTOR: _l("Mentor"),
        GiverKind.COACH: _l("Coach"),
        GiverKind.YOUTH_WORKER: _l("Youth worker"),
        GiverKind.CAREERS_ADVISER: _l("Careers adviser"),
        GiverKind.GUARDIAN: _l("Parent or carer"),
        GiverKind.OTHER: _l("Someone I trust"),
        GiverKind.ORGANISER: _l("Organiser"),
        GiverKind.GUEST: _l("An adult who was there"),
    }
)
