"""What people call the groups, and the four questions as they are asked."""

from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.wording import name_all
from equality.answers import Ethnicity

name_all(
    {
        Ethnicity.ASIAN: _l("Asian, Asian British or Asian Welsh"),
        Ethnicity.BLACK: _l("Black, Black British, Black Welsh, Caribbean or African"),
        Ethnicity.MIXED: _l("Mixed, or more than one"),
        Ethnicity.WHITE: _l("White"),
        Ethnicity.OTHER: _l("Another ethnic group"),
    }
)


@dataclass(frozen=True)
class Question:
    """One question, as a learner reads it: whole, with an explanation, and in a word or two."""

    asks: LazyString
    explains: LazyString
    short: LazyString


QUESTIONS = {
    "send": Question(
        _l("Do you have special educational needs, or a disability?"),
        _l("Such as extra help at school, or something that makes everyday things harder."),
        _l("Special educational needs, or a disability"),
    ),
    "ethnicity": Question(
        _l("What is your ethnic group?"),
        _l("These are the groups of the census. Choose the one that fits you best."),
        _l("Ethnic group"),
    ),
    "free_meals": Question(
        _l("Do you get free school meals now?"),
        _l("Say no if you have left school."),
        _l("Free school meals now"),
    ),
    "care": Question(
        _l("Are you in care, or were you?"),
        _l("In care means that the council looks after you, such as with a foster family."),
        _l("In care now, or before"),
    ),
}
