"""What people call the kinds of rules, and what became of what they asked for."""

from flask_babel import lazy_gettext as _l

from app.wording import name_all
from awards.models import RequestState, RuleKind

name_all(
    {
        RuleKind.SESSIONS: _l("Coming to sessions"),
        RuleKind.HOURS: _l("Hours at sessions"),
        RuleKind.BADGES: _l("Holding other badges"),
    }
)
name_all(
    {
        RequestState.ASKED: _l("Waits for an answer"),
        RequestState.GIVEN: _l("Given"),
        RequestState.NOT_YET: _l("Not yet"),
        RequestState.WITHDRAWN: _l("Taken back"),
    }
)
