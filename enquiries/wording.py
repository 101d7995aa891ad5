"""What the questions and answers that are ours say."""

from flask_babel import lazy_gettext as _l

from app.wording import name_all
from enquiries.models import MessageState, QuickAnswer, QuickQuestion

name_all(
    {
        QuickQuestion.BRING: _l("What do I bring?"),
        QuickQuestion.FRIEND: _l("Can I bring a friend?"),
        QuickQuestion.STEPS: _l("Can I get in without steps?"),
        QuickQuestion.QUIET: _l("Is there a quiet place?"),
        QuickQuestion.COST: _l("Does it cost anything?"),
        QuickQuestion.FIND: _l("How do I find the way in?"),
        QuickAnswer.YES: _l("Yes."),
        QuickAnswer.NO: _l("No, sorry."),
        QuickAnswer.NOTHING: _l("You need to bring nothing. We have it all."),
        QuickAnswer.ON_THE_PAGE: _l("It is on the page of the activity now."),
        QuickAnswer.AT_THE_DOOR: _l("Someone meets everyone at the door and shows you."),
        QuickAnswer.SOON: _l("We will find out and answer here."),
        MessageState.SENT: _l("Sent"),
        MessageState.HELD: _l("Waits for the council"),
        MessageState.RELEASED: _l("Let through by the council"),
        MessageState.STOPPED: _l("Stopped by the council"),
    }
)
