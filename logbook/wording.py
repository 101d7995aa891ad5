"""What people call the sorts of things that they log."""

from flask_babel import lazy_gettext as _l

from app.wording import name_all
from logbook.models import LoggedKind

name_all(
    {
        LoggedKind.ACTIVITY: _l("Something I did"),
        LoggedKind.VOLUNTEERING: _l("Helping or volunteering"),
        LoggedKind.WORK: _l("Work or work experience"),
        LoggedKind.PROJECT: _l("A project of my own"),
        LoggedKind.COURSE: _l("A course or lessons"),
    }
)
