"""The young people of the demo: what they are called, how old they are, where they live."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from random import Random
from uuid import uuid4

from sqlalchemy.orm import Session

from accounts.models import AgeBand, Role, User, new_session_key
from accounts.passes import new_pass_code
from demo.catalogue import learner_names
from demo.homes import Home
from demo.rows import copy, new_ids

_AGE_BANDS = {
    AgeBand.FROM_11_TO_12: 18,
    AgeBand.FROM_13_TO_15: 37,
    AgeBand.FROM_16_TO_17: 23,
    AgeBand.FROM_18_TO_24: 22,
}
#: How many of the learners were there from the first term, and how many joined in each later one.
_JOINED_FIRST, _JOINED_LATER = 46, 14


@dataclass(eq=False)
class Learner:
    """A young person in the making."""

    id: int
    name: str
    age_band: AgeBand
    home: Home
    #: The number of the term they joined in.
    joined: int
    #: Days on which they are busy already.
    busy: set[date] = field(default_factory=set)
    #: What they came to before, once for each time.
    likes: list = field(default_factory=list)
    #: How many places they hold on sessions to come.
    ahead: int = 0
    created_at: datetime | None = None

    @cached_property
    def ages(self) -> tuple[int, int]:
        """The youngest and the oldest they can be."""
        return self.age_band.ages

    def is_of_age(self, ages: tuple[int, int]) -> bool:
        """Say whether any age of the band fits: what the rule of booking asks, too."""
        return self.ages[0] <= ages[1] and ages[0] <= self.ages[1]


def gather(
    db: Session, *, how_many: int, homes: Sequence[Home], terms: int, chance: Random
) -> list[Learner]:
    """Return so many learners, more of them where life is easier. The first is Seren, aged 13 to 15."""
    weights = [home.young_people * _eagerness(home) for home in homes]
    living = chance.choices(homes, weights, k=how_many)
    bands = chance.choices(list(_AGE_BANDS), list(_AGE_BANDS.values()), k=how_many)
    joined = chance.choices(
        range(terms), [_JOINED_FIRST, *[_JOINED_LATER] * (terms - 1)], k=how_many
    )
    people = zip(
        new_ids(db, User, how_many),
        learner_names(chance, how_many),
        bands,
        living,
        joined,
        strict=True,
    )
    learners = [Learner(*person) for person in people]
    first = learners[0]
    first.name, first.age_band, first.joined = "Seren", AgeBand.FROM_13_TO_15, 0
    return learners


def write(
    db: Session, learners: Sequence[Learner], *, pin_hash: str, now: datetime, chance: Random
) -> None:
    """Write the learners. All of them have the same PIN: hashing one for each would take minutes."""
    copy(
        db,
        User,
        (
            {
                "id": learner.id,
                "uuid": uuid4(),
                "role": Role.LEARNER,
                "name": learner.name,
                "pass_code": new_pass_code(),
                "pin_hash": pin_hash,
                "age_band": learner.age_band,
                "home_lsoa_code": learner.home.lsoa_code,
                "subject_uuid": uuid4(),
                "session_key": new_session_key(),
                "created_at": learner.created_at or now - timedelta(days=chance.randint(20, 300)),
            }
            for learner in learners
        ),
    )


def _eagerness(home: Home) -> float:
    """Return how likely a young person there is to join, beside one in the middle of the country."""
    return 0.6 + 0.8 * (home.decile - 1) / 9
