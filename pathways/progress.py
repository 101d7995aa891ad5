"""How far along a pathway somebody is, worked out of what they did. It is kept nowhere.

These are all the rules, and they look at facts alone:

1. Coming to an opportunity counts while its organiser says so; a badge counts while it is held; words
   count while they stand. It does not matter when: what was done before setting out counts too.
2. A step of things is done with as many of its items as it asks for, whichever they are.
3. A step of hours is done with that many confirmed hours at its opportunities or, where it lists
   none, at anything of the organisation that set the pathway.
4. A step of words is done once there are some.
5. The pathway is done once each of its steps is, in whatever order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pathways.models import Pathway, PathwayStep, StepItem, StepKind

#: When something began, and when it ended.
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Came:
    """What was confirmed of one learner at one opportunity, in all."""

    provider_id: int
    minutes: int
    span: Span


@dataclass(frozen=True)
class Facts:
    """What one learner did, as far as pathways ask: nobody else's page is made of it."""

    #: By opportunity.
    came: Mapping[int, Came] = field(default_factory=dict)
    #: Badges that are held, by achievement.
    held: Mapping[int, Span] = field(default_factory=dict)
    #: What they wrote, and when, by step.
    words: Mapping[int, tuple[str, datetime]] = field(default_factory=dict)


@dataclass(frozen=True)
class StepProgress:
    """How far one step is."""

    step: PathwayStep
    #: Those of its items that are done.
    done_items: Sequence[StepItem]
    #: Confirmed minutes that count for it; of a step of hours alone.
    minutes: int
    words: str
    #: When each thing that counts for it was done.
    spans: Sequence[Span]

    @property
    def is_done(self) -> bool:
        match self.step.kind:
            case StepKind.ANY_OF:
                return len(self.done_items) >= (self.step.needed or 1)
            case StepKind.HOURS:
                return self.minutes >= (self.step.hours or 1) * 60
            case StepKind.EVIDENCE:
                return bool(self.words)


@dataclass(frozen=True)
class Progress:
    """How far a pathway is."""

    steps: Sequence[StepProgress]

    @property
    def done(self) -> int:
        """How many of the steps are done."""
        return sum(step.is_done for step in self.steps)

    @property
    def is_begun(self) -> bool:
        """Whether anything counts for any of the steps."""
        return any(step.spans for step in self.steps)

    @property
    def is_done(self) -> bool:
        return bool(self.steps) and self.done == len(self.steps)

    @property
    def span(self) -> Span:
        """When the first of what counts began, and when the last ended; of what is done alone."""
        spans = [span for step in self.steps for span in step.spans]
        return min(span[0] for span in spans), max(span[1] for span in spans)


def progress_of(pathway: Pathway, facts: Facts) -> Progress:
    """Return how far somebody is with these facts."""
    return Progress([_step_progress(pathway, step, facts) for step in pathway.steps])


def _step_progress(pathway: Pathway, step: PathwayStep, facts: Facts) -> StepProgress:
    done = [item for item in step.items if _span_of(item, facts)]
    spans = [span for item in done if (span := _span_of(item, facts))]
    minutes = 0
    if step.kind is StepKind.HOURS:
        counted = list(_counted(pathway, step, facts))
        minutes, spans = sum(came.minutes for came in counted), [came.span for came in counted]
    words, written_at = facts.words.get(step.id, ("", None))
    if written_at:
        spans = [(written_at, written_at)]
    return StepProgress(step, done, minutes, words, spans)


def _span_of(item: StepItem, facts: Facts) -> Span | None:
    if item.opportunity_id is None:
        return facts.held.get(item.achievement_id or 0)
    came = facts.came.get(item.opportunity_id)
    return came.span if came else None


def _counted(pathway: Pathway, step: PathwayStep, facts: Facts) -> Iterable[Came]:
    if not step.items:
        return (came for came in facts.came.values() if came.provider_id == pathway.provider_id)
    listed = {item.opportunity_id for item in step.items}
    return (came for key, came in facts.came.items() if key in listed)
