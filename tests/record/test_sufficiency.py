"""When something can be said of a skill: property-tested against counting by hand."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from record.models import Rung
from record.sufficiency import Point, Rule, standing_of

POINTS = st.lists(
    st.builds(
        Point,
        uuid=st.integers(1, 6).map(lambda number: UUID(int=number)),
        rung=st.sampled_from(Rung),
        context=st.sampled_from(["club", "museum", "shop"]),
        person=st.sampled_from([None, "Sam", "Ali", "friend"]),
    ),
    max_size=9,
)
RULES = st.builds(
    lambda contexts, people, more: Rule(max(contexts, people) + more, contexts, people),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(0, 3),
)


@given(points=POINTS, rule=RULES)
def test_something_is_said_exactly_when_enough_is_there_from_enough_sides(points, rule):
    standing = standing_of(points, rule)
    latest = {point.uuid: point for point in points}

    assert standing.is_enough == (
        len(latest) >= rule.points
        and len({point.context for point in latest.values()}) >= rule.contexts
        and len({point.person for point in latest.values()} - {None}) >= rule.people
    )


@given(points=POINTS, rule=RULES, more=POINTS)
def test_another_thing_never_takes_a_claim_away(points, rule, more):
    new = [each for each in more if each.uuid not in {point.uuid for point in points}]

    before, after = standing_of(points, rule), standing_of([*points, *new], rule)

    assert after.is_enough or not before.is_enough
    assert after.missing_points <= before.missing_points


@given(points=POINTS, rule=RULES)
def test_ones_own_word_alone_is_never_enough_and_the_order_says_nothing(points, rule):
    alone = [Point(point.uuid, Rung.SAID, point.context, None) for point in points]

    assert not standing_of(alone, rule).is_enough
    unique = list({point.uuid: point for point in points}.values())
    assert standing_of(unique, rule) == standing_of(unique[::-1], rule)


@given(points=POINTS, rule=RULES)
def test_what_is_missing_is_what_would_be_enough(points, rule):
    standing = standing_of(points, rule)
    missing = max(standing.missing_points, standing.missing_contexts, standing.missing_people)
    given_then = [
        Point(UUID(int=100 + each), Rung.CONFIRMED, f"new place {each}", f"new person {each}")
        for each in range(missing)
    ]

    assert standing_of([*points, *given_then], rule).is_enough
