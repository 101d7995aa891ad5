"""What the demo knows by heart: ideas for things to do, who offers them, and what people are called."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from zlib import crc32

from badges.models import Skill, Strand
from opportunities.models import AttendanceMode, Category, OpportunityKind
from providers.models import ProviderKind

_TEXTS = Path(__file__).parent / "texts"

#: What `by` in ideas.toml calls all providers of a kind.
_WHOLE_KIND = {
    ProviderKind.EMPLOYER: "employer",
    ProviderKind.YOUTH_GROUP: "youth",
    ProviderKind.CULTURAL_BODY: "cultural",
    ProviderKind.SPORT: "youth",
    ProviderKind.SCHOOL: "youth",
    ProviderKind.COUNCIL: "employer",
    ProviderKind.OTHER: "youth",
}
#: What one practises in each strand: the first always, and one of the others.
_SKILLS = {
    Strand.CREATE: (Skill.CREATIVITY, Skill.PROBLEM_SOLVING, Skill.PLANNING, Skill.SPEAKING),
    Strand.EXPLORE: (Skill.ADAPTING, Skill.TEAMWORK, Skill.PROBLEM_SOLVING, Skill.PLANNING),
    Strand.HELP: (Skill.LISTENING, Skill.TEAMWORK, Skill.LEADERSHIP, Skill.ADAPTING),
    Strand.WORK: (Skill.PLANNING, Skill.SPEAKING, Skill.LISTENING, Skill.LEADERSHIP),
}


@dataclass(frozen=True)
class Idea:
    """Something a young person might do, and the badge it earns."""

    title: str
    description: str
    #: The sorts of host that would offer it, or a whole kind of them.
    by: tuple[str, ...]
    kind: OpportunityKind
    category: Category
    ages: tuple[int, int]
    #: `evening`, `saturday`, `sunday`, or `day` for a working day.
    when: str
    minutes: int
    places: int
    badge: str
    about: str
    criteria: str
    strand: Strand
    level: int
    icon: str
    cost: int = 0
    mode: AttendanceMode = AttendanceMode.IN_PERSON

    @property
    def skills(self) -> tuple[Skill, Skill]:
        """Return two skills to practise: the first goes with the strand, the second with the idea."""
        first, *others = _SKILLS[self.strand]
        return first, others[crc32(self.badge.encode()) % len(others)]


@dataclass(frozen=True)
class Site:
    """Where a host has people come. In the fictional city its ward is known; in a real one its point."""

    name: str
    address: str
    ward: str = ""
    #: WGS 84, longitude first.
    point: tuple[float, float] | None = None


@dataclass(frozen=True)
class Host:
    """An organisation that will be a provider."""

    name: str
    #: What it is, as `by` in ideas.toml says it: `library`, `boxing`, `hospital`.
    sort: str
    kind: ProviderKind
    about: str
    sites: tuple[Site, ...]
    #: Still waiting for an officer to check it.
    awaits: bool = False

    def would_offer(self, idea: Idea) -> bool:
        return self.sort in idea.by or _WHOLE_KIND[self.kind] in idea.by

    def is_known_for(self, idea: Idea) -> bool:
        """Say whether the idea is of this host's own sort, not one that any of its kind may offer."""
        return self.sort in idea.by


@cache
def ideas() -> tuple[Idea, ...]:
    """Return everything there is to do."""
    return tuple(
        Idea(
            **written
            | {
                "by": tuple(written["by"]),
                "ages": tuple(written["ages"]),
                "kind": OpportunityKind(written["kind"]),
                "category": Category(written["category"]),
                "strand": Strand(written["strand"]),
                "mode": AttendanceMode(written.get("mode", AttendanceMode.IN_PERSON)),
            }
        )
        for written in _read("ideas")["idea"]
    )


@cache
def hosts() -> tuple[Host, ...]:
    """Return who offers things in the fictional city."""
    return tuple(
        Host(
            name=written["name"],
            sort=written["sort"],
            kind=ProviderKind(written["kind"]),
            about=written["about"],
            sites=tuple(Site(name, street, ward) for name, street, ward in written["places"]),
            awaits=written.get("awaits", False),
        )
        for written in _read("providers")["provider"]
    )


def learner_names(chance: Random, how_many: int) -> Sequence[str]:
    """Return names that young people of a mixed city use."""
    written = _read("names")
    shares = list(accumulate(written["shares"].values()))
    origins = chance.choices(list(written["shares"]), cum_weights=shares, k=how_many)
    return [chance.choice(written["learners"][origin]) for origin in origins]


def adult_name(chance: Random) -> str:
    written = _read("names")["adults"]
    return f"{chance.choice(written['first'])} {chance.choice(written['last'])}"


@cache
def _read(name: str) -> dict:
    return tomllib.loads((_TEXTS / f"{name}.toml").read_text(encoding="utf-8"))
