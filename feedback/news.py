"""What the rooms above may listen to: they are called in the transaction of what happened."""

from blinker import Signal

#: `feedback_given.send(learner, db=…, feedback=…)`: an adult's words reached a learner. What is held
#: is no news until an officer lets it through.
feedback_given = Signal()
