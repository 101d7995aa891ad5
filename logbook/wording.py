"""What people call the sorts of things that they log."""

from flask_babel import lazy_gettext as _l

from app.wording import name_all
from logbook.models import EntryKind, LoggedKind, ProjectKind

name_all(
    {
        LoggedKind.ACTIVITY: _l("Something I did"),
        LoggedKind.VOLUNTEERING: _l("Helping or volunteering"),
        LoggedKind.WORK: _l("Work or work experience"),
        LoggedKind.PROJECT: _l("A project of my own"),
        LoggedKind.COURSE: _l("A course or lessons"),
    }
)
name_all(
    {
        ProjectKind.OWN: _l("A project of my own"),
        ProjectKind.HIGHER: _l("A Higher Project (HPQ)"),
        ProjectKind.EXTENDED: _l("An Extended Project (EPQ)"),
    }
)
name_all(
    {
        EntryKind.DID: _l("A step I took"),
        EntryKind.READ: _l("Something I read or watched"),
        EntryKind.MET: _l("I met my supervisor"),
        EntryKind.CHANGED: _l("I changed my plan"),
    }
)
