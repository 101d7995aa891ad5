"""What people call where goals and plans stand, and the sentences by which learners say how it went."""

from flask_babel import lazy_gettext as _l

from app.wording import name_all
from plans.models import GoalState, ItemState, Stem

name_all(
    {
        GoalState.OPEN: _l("Working towards it"),
        GoalState.REACHED: _l("Reached"),
        GoalState.LET_GO: _l("Let go"),
    }
)
# Apart from the goals: `open` of both is one key.
name_all(
    {
        ItemState.OPEN: _l("To try"),
        ItemState.TRIED: _l("Tried"),
        ItemState.DONE: _l("Done"),
        ItemState.STILL_WORKING: _l("Still working on it"),
        ItemState.DROPPED: _l("Dropped"),
        Stem.NEW: _l("I tried something new"),
        Stem.KEPT_GOING: _l("It was hard and I kept going"),
        Stem.PROUD: _l("I am proud of this"),
        Stem.TOGETHER: _l("We did it together"),
        Stem.DIFFERENTLY: _l("I would do it differently next time"),
        Stem.NOT_FOR_ME: _l("It was not for me"),
    }
)
