"""What people call formats, and what became of a row."""

from flask_babel import lazy_gettext as _l

from app.wording import name_all
from sources.models import SourceKind, SourceState, Takes, Verdict

name_all(
    {
        SourceKind.CSV: _l("Table (CSV)"),
        SourceKind.JSON: _l("List (JSON)"),
        SourceKind.ICAL: _l("Calendar (iCalendar)"),
        SourceKind.RPDE: _l("OpenActive feed"),
        SourceKind.OPEN_REFERRAL: _l("Open Referral UK"),
        SourceKind.SCHEMA_ORG: _l("Web page (schema.org)"),
    }
)
name_all(
    {
        Takes.ACTIVITIES: _l("Activities"),
        Takes.PLACES: _l("Places"),
        SourceState.DRAFT: _l("Not kept yet"),
        SourceState.ACTIVE: _l("Read"),
        SourceState.STOPPED: _l("Stopped"),
    }
)
name_all(
    {
        Verdict.MADE: _l("New"),
        Verdict.UPDATED: _l("Updated"),
        Verdict.UNCHANGED: _l("Unchanged"),
        Verdict.WITHDRAWN: _l("Withdrawn"),
        Verdict.REFUSED: _l("Refused"),
    }
)
