"""The editor's form, which works without a script: each button brings it back, with what was typed.

Steps are named by where they stand, `step-2-title`. A button says in `do` what it is for: `save`,
`publish`, `add-hours`, `up-2`, `down-2`, `drop-2`, or anything else to look again.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.forms import Form, read_form
from badges.queries import own_achievement
from pathways.keeping import Plan, StepPlan, why_unfinishable
from pathways.models import MOST_STEPS, Pathway, StepKind
from pathways.queries import Choice, choices_for, chosen
from pathways.schemas import OLDEST, YOUNGEST, PathwayForm, StepForm
from providers.models import Provider

_STEP = re.compile(r"step-(\d{1,2})-kind")
#: Of a step of each kind, the boxes that it does not have.
_ABSENT = {
    StepKind.ANY_OF: {"hours"},
    StepKind.HOURS: {"needed"},
    StepKind.EVIDENCE: {"needed", "hours", "items"},
}

#: What was typed of one step, by box.
Typed = dict[str, list[str]]


@dataclass(frozen=True)
class EditedStep:
    """A step as the editor shows it."""

    number: int
    kind: StepKind
    chosen: Sequence[Choice]
    #: What else may be chosen.
    found: Sequence[Choice]
    #: The words that were looked for.
    find: str


@dataclass(frozen=True)
class Edited:
    """The editor as it stands."""

    form: Form
    steps: Sequence[EditedStep]
    #: What is to be kept, where the form is sound and asks for it.
    plan: Plan | None = None

    @property
    def may_grow(self) -> bool:
        return len(self.steps) < MOST_STEPS


def begin() -> MultiDict[str, str]:
    """Return what stands in the editor of a pathway that is not there yet."""
    typed = MultiDict({"min_age": str(YOUNGEST), "max_age": str(OLDEST)})
    return _typed_with(typed, [_new_step(StepKind.ANY_OF)])


def as_typed(pathway: Pathway) -> MultiDict[str, str]:
    """Return a pathway as somebody would have typed it."""
    badge = pathway.achievement.slug if pathway.achievement else ""
    return _typed_with(
        MultiDict(
            {
                "title": pathway.title,
                "description": pathway.description,
                "min_age": str(pathway.min_age),
                "max_age": str(pathway.max_age),
                "badge": badge,
            }
        ),
        [
            {
                "kind": [step.kind.value],
                "title": [step.title],
                "needed": [str(step.needed or "")],
                "hours": [str(step.hours or "")],
                "items": [Choice(item.opportunity, item.achievement).key for item in step.items],
            }
            for step in pathway.steps
        ],
    )


def edited(db: Session, provider: Provider, sent: MultiDict[str, str]) -> Edited:
    """Return the editor after a button was pressed, with a plan where that asks to keep it."""
    steps = _steps_in(sent)
    do = sent.get("do", "")
    if do in ("save", "publish"):
        return _read(db, provider, sent, steps, is_whole=do == "publish")
    _press(steps, do)
    return shown(db, provider, _typed_with(sent, steps))


def shown(db: Session, provider: Provider, typed: MultiDict[str, str]) -> Edited:
    """Return the editor with what was typed, of which nothing is judged."""
    return Edited(Form(typed=_flat(typed)), _edited_steps(db, provider, _steps_in(typed)))


def _read(
    db: Session,
    provider: Provider,
    sent: MultiDict[str, str],
    steps: Sequence[Typed],
    *,
    is_whole: bool,
) -> Edited:
    sent = _typed_with(sent, steps)
    head = read_form(PathwayForm(), sent)
    form = Form(typed=_flat(sent), errors=dict(head.errors))
    known = chosen(db, provider, [key for step in steps for key in step.get("items", [])])
    plans = []
    for number, typed in enumerate(steps, start=1):
        absent = _ABSENT[_kind(typed)]
        read = read_form(StepForm(exclude=absent), MultiDict(typed))
        form.errors |= {f"step-{number}-{box}": words for box, words in read.errors.items()}
        if read.is_sound:
            plan = _step_plan(read.data, known)
            plans.append(plan)
            if is_whole and (refusal := why_unfinishable(plan)):
                form.refuse(f"step-{number}-items", refusal)
    if is_whole and not steps:
        form.refuse("add", _("Add a step first."))
    badge = own_achievement(db, provider, head.data.get("badge", "")) if head.is_sound else None
    if head.data.get("badge") and badge is None:
        form.refuse("badge", _("Choose one of your own badges."))
    plan = None
    if head.is_sound and not form.errors:
        rest = {name: value for name, value in head.data.items() if name != "badge"}
        plan = Plan(**rest, achievement=badge, steps=plans)
    return Edited(form, _edited_steps(db, provider, steps), plan)


def _step_plan(data: Mapping[str, Any], known: Mapping[str, Choice]) -> StepPlan:
    items = [known[key] for key in dict.fromkeys(data.get("items", [])) if key in known]
    return StepPlan(
        title=data["title"],
        kind=data["kind"],
        needed=data.get("needed"),
        hours=data.get("hours"),
        items=[each for each in items if data["kind"] is StepKind.ANY_OF or each.opportunity],
    )


def _steps_in(sent: MultiDict[str, str]) -> list[Typed]:
    """Return what was typed of each step, in order; no more than there may be."""
    numbers = sorted(int(found[1]) for name in sent if (found := _STEP.fullmatch(name)))
    return [_step_in(sent, f"step-{number}-") for number in numbers[:MOST_STEPS]]


def _step_in(sent: MultiDict[str, str], prefix: str) -> Typed:
    return {
        name.removeprefix(prefix): values
        for name, values in sent.lists()
        if name.startswith(prefix)
    }


def _press(steps: list[Typed], do: str) -> None:
    """Do to the steps what a button asks for; nothing, where that means nothing."""
    act, _dash, of = do.partition("-")
    if act == "add" and of in tuple(StepKind) and len(steps) < MOST_STEPS:
        steps.append(_new_step(StepKind(of)))
        return
    at = int(of) - 1 if of.isdecimal() and len(of) < 3 else -1
    if not 0 <= at < len(steps):
        return
    if act == "drop":
        del steps[at]
    elif act in ("up", "down"):
        to = at - 1 if act == "up" else at + 1
        if 0 <= to < len(steps):
            steps[at], steps[to] = steps[to], steps[at]


def _new_step(kind: StepKind) -> Typed:
    return {"kind": [kind.value], "needed": ["1"] if kind is StepKind.ANY_OF else [""]}


def _typed_with(sent: MultiDict[str, str], steps: Sequence[Typed]) -> MultiDict[str, str]:
    """Return what was typed with the steps numbered as they now stand."""
    rest = [(name, value) for name, value in sent.items(multi=True) if not name.startswith("step-")]
    numbered = [
        (f"step-{number}-{box}", value)
        for number, step in enumerate(steps, start=1)
        for box, values in step.items()
        for value in values
    ]
    return MultiDict(rest + numbered)


def _flat(typed: MultiDict[str, str]) -> dict[str, Any]:
    return {name: values if len(values) > 1 else values[0] for name, values in typed.lists()}


def _edited_steps(db: Session, provider: Provider, steps: Sequence[Typed]) -> list[EditedStep]:
    known = chosen(db, provider, [key for step in steps for key in step.get("items", [])])
    return [
        _edited_step(db, provider, number, typed, known)
        for number, typed in enumerate(steps, start=1)
    ]


def _edited_step(
    db: Session, provider: Provider, number: int, typed: Typed, known: Mapping[str, Choice]
) -> EditedStep:
    kind, find = _kind(typed), _first(typed, "find").strip()
    keys = dict.fromkeys(typed.get("items", []))
    picked = [known[key] for key in keys if key in known]
    found: list[Choice] = []
    if kind is not StepKind.EVIDENCE and (find or not picked):
        found = [
            each
            for each in choices_for(db, provider, find)
            if each.key not in keys and (kind is StepKind.ANY_OF or each.opportunity)
        ]
    return EditedStep(number, kind, picked, found, find)


def _kind(typed: Typed) -> StepKind:
    kind = _first(typed, "kind")
    return StepKind(kind) if kind in tuple(StepKind) else StepKind.ANY_OF


def _first(typed: Typed, box: str) -> str:
    return (typed.get(box) or [""])[0].replace("\0", "")
