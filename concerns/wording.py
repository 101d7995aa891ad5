"""What people call the kinds of worry, how pressing they are, and what was done."""

from flask_babel import lazy_gettext as _l

from app.wording import name_all
from concerns.models import Act, ConcernKind, Urgency

name_all(
    {
        ConcernKind.MYSELF: _l("Me"),
        ConcernKind.YOUNG_PERSON: _l("Another young person"),
        ConcernKind.ADULT: _l("What an adult said or did"),
        ConcernKind.ACTIVITY: _l("An activity or a place"),
        ConcernKind.MESSAGE: _l("A message someone was sent"),
        ConcernKind.COUNCIL: _l("Someone who works for the council"),
        ConcernKind.OTHER: _l("Something else"),
        Urgency.DANGER: _l("Someone is in danger now"),
        Urgency.TODAY: _l("Very worried: someone should look today"),
        Urgency.WORRIED: _l("Worried, but it is not urgent"),
        Act.RAISED: _l("Raised"),
        Act.CONTACT: _l("How to reach them"),
        Act.ABOUT: _l("Who or what it is about"),
        Act.ADDED: _l("They added"),
        Act.LOOKED_BACK: _l("They looked back"),
        Act.READ: _l("Read"),
        Act.TAKEN_ON: _l("Taken on"),
        Act.NOTED: _l("Note"),
        Act.EXPORTED: _l("Downloaded"),
        Act.CLOSED: _l("Closed"),
        Act.REOPENED: _l("Opened again"),
    }
)
