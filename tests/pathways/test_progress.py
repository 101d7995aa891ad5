"""How far somebody is: the same as counting by hand, whatever the steps and the facts."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from pathways.models import Pathway, PathwayStep, StepItem, StepKind
from pathways.progress import Came, Facts, progress_of

_AT = datetime(2026, 5, 1, tzinfo=UTC)
_SPAN = (_AT, _AT)
_IDS = range(1, 7)
#: Opportunities with even ids are the pathway's own organisation's.
_OWN, _OTHER = 1, 2


def _provider_of(opportunity_id: int) -> int:
    return _OWN if opportunity_id % 2 == 0 else _OTHER


things = st.lists(
    st.tuples(st.sampled_from(["opportunity_id", "achievement_id"]), st.sampled_from(_IDS)),
    min_size=1,
    max_size=6,
    unique=True,
)
opportunities = st.lists(
    st.tuples(st.just("opportunity_id"), st.sampled_from(_IDS)), max_size=4, unique=True
)
steps = st.one_of(
    st.tuples(st.just(StepKind.ANY_OF), things, st.integers(1, 6)),
    st.tuples(st.just(StepKind.HOURS), opportunities, st.integers(1, 8)),
    st.tuples(st.just(StepKind.EVIDENCE), st.just([]), st.just(0)),
)
#: What happened: somebody came for so many minutes, time after time.
visits = st.lists(st.tuples(st.sampled_from(_IDS), st.sampled_from([30, 45, 60, 120])), max_size=12)


def _pathway(laid_out) -> Pathway:
    pathway = Pathway(provider_id=_OWN)
    pathway.steps = [
        PathwayStep(
            id=number,
            position=number,
            kind=kind,
            needed=amount if kind is StepKind.ANY_OF else None,
            hours=amount if kind is StepKind.HOURS else None,
            items=[StepItem(**{column: key}) for column, key in items],
        )
        for number, (kind, items, amount) in enumerate(laid_out, start=1)
    ]
    return pathway


def _facts(came, held, wrote) -> Facts:
    minutes = {key: sum(m for k, m in came if k == key) for key, _minutes in came}
    return Facts(
        came={key: Came(_provider_of(key), total, _SPAN) for key, total in minutes.items()},
        held=dict.fromkeys(held, _SPAN),
        words=dict.fromkeys(wrote, ("I did it.", _AT)),
    )


def _by_hand(number, kind, items, amount, came, held, wrote) -> bool:
    if kind is StepKind.EVIDENCE:
        return number in wrote
    if kind is StepKind.ANY_OF:
        attended = {key for key, _minutes in came}
        done = 0
        for column, key in items:
            done += key in (attended if column == "opportunity_id" else held)
        return done >= amount
    listed = {key for _column, key in items}
    counted = 0
    for key, minutes in came:
        if key in listed or (not items and _provider_of(key) == _OWN):
            counted += minutes
    return counted >= amount * 60


@given(
    st.lists(steps, min_size=1, max_size=12),
    visits,
    st.sets(st.sampled_from(_IDS)),
    st.sets(st.integers(1, 12)),
)
def test_each_step_is_done_exactly_when_counting_by_hand_says_so(laid_out, came, held, wrote):
    wrote = {number for number in wrote if number <= len(laid_out)}
    wrote = {number for number in wrote if laid_out[number - 1][0] is StepKind.EVIDENCE}

    progress = progress_of(_pathway(laid_out), _facts(came, held, wrote))

    expected = [
        _by_hand(number, *step, came, held, wrote) for number, step in enumerate(laid_out, start=1)
    ]
    assert [step.is_done for step in progress.steps] == expected
    assert progress.is_done == all(expected)
    assert progress.done == sum(expected)


@given(st.lists(steps, min_size=1, max_size=6), visits, st.sets(st.sampled_from(_IDS)))
def test_more_facts_never_undo_a_step(laid_out, came, held):
    pathway, everything = _pathway(laid_out), [*came, *((key, 60) for key in _IDS)]
    before = progress_of(pathway, _facts(came, held, []))
    after = progress_of(pathway, _facts(everything, [*_IDS], range(1, 13)))

    assert all(
        later.is_done
        for earlier, later in zip(before.steps, after.steps, strict=True)
        if earlier.is_done
    )


def test_a_pathway_without_steps_is_never_done():
    assert not progress_of(Pathway(provider_id=_OWN, steps=[]), Facts()).is_done
