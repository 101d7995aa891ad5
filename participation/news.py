"""What the rooms above may listen to: they are called in the transaction of what happened."""

from blinker import Signal

#: `attendance_changed.send(learner, db=…)`: it was confirmed that a learner came, or it no longer is.
#: Rows of that learner are held: whoever listens writes down what is to be done, and does it later.
attendance_changed = Signal()
