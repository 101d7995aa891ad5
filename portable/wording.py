"""What became of what was brought, in words."""

from flask_babel import lazy_gettext as _l

from app.wording import name_all
from portable.keeping import Became, Part
from portable.models import WhyRefused

name_all(
    {
        Part.LINE: _l("Something I did"),
        Part.BADGE: _l("A badge"),
        Part.EVIDENCE: _l("Something to show"),
        Part.GOAL: _l("A goal"),
        Part.PLAN: _l("Something to try"),
        Part.REFLECTION: _l("How it went"),
        Part.FEEDBACK: _l("What an adult said"),
    }
)
name_all(
    {
        Became.KEPT: _l("Kept"),
        Became.AS_SAID: _l("Kept as what you say"),
        Became.HERE: _l("You had it already"),
        Became.UNREADABLE: _l("Not kept: we could not read it"),
        Became.WORDS: _l("Not kept: it holds a number, an address or a link"),
        Became.BADGE_REFUSED: _l("Not kept: we could not make sure of it"),
        Became.MISSING: _l("Not kept: its file was not there"),
    }
)
name_all(
    {
        WhyRefused.NO_BUNDLE: _l("This is not a file that a Tirnod saved, or it is not whole."),
        WhyRefused.TOO_LARGE: _l("There is more in it than we take."),
        WhyRefused.UNSAFE: _l("It is made in a way that could do harm. We did not open it."),
        WhyRefused.CHANGED: _l("Something in it was changed after it was saved."),
        WhyRefused.SIGNATURE: _l("The signature is not that of the site it names."),
        WhyRefused.UNREADABLE: _l("We could not read what is in it."),
        WhyRefused.NEWER: _l("A newer Tirnod made it than this one."),
        WhyRefused.OWN: _l("You saved this here, and all of it is here already."),
        WhyRefused.TAKEN: _l("Somebody else has brought this here already. It is of one person."),
        WhyRefused.FAILED: _l("We could not take it in. Try again later."),
    }
)
