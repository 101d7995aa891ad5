"""What the rooms above may listen to: they are called in the transaction of what happened."""

from blinker import Signal

#: `holding_changed.send(learner, db=…)`: a learner was given a badge, or it was taken back.
#: Its row is held: whoever listens writes down what is to be done, and does it later.
holding_changed = Signal()
