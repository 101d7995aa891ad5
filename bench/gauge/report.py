"""What a bench prints: measured lines, then each ratio beside its bar."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Bar:
    """How far apart two things must be, and where we would like to be."""

    must: float | None
    aim: float | None
    #: Whether more is better: answers a second, not milliseconds.
    is_least: bool = False

    def is_met(self, ratio: float) -> bool:
        if self.must is None:
            return True
        return ratio >= self.must if self.is_least else ratio <= self.must

    def __str__(self) -> str:
        sign = ">=" if self.is_least else "<="
        if self.must is None:
            return "report"
        return f"{sign} {written(self.must)}"


@dataclass(frozen=True)
class Verdict:
    """One comparison: the ratio of each round, or why there is none."""

    goal: str
    what: str
    bar: Bar
    ours: float = 0.0
    theirs: float = 0.0
    unit: str = "ms"
    ratios: Sequence[float] = ()
    #: Why it was not measured; that is never met.
    absent: str = ""

    @property
    def is_missed(self) -> bool:
        if self.bar.must is None:
            return False
        return not self.ratios or not self.bar.is_met(median(self.ratios))

    def __str__(self) -> str:
        head = f"{self.goal:4} {self.what:50}"
        if not self.ratios:
            return f"{head} {'not run: ' + self.absent:60} {self.bar!s:>9}"
        middle = median(self.ratios)
        verdict = "MISSED" if self.is_missed else "met"
        if self.bar.must is None:
            verdict = ""
        elif not self.is_missed and self.bar.aim is not None:
            aimed = Bar(self.bar.aim, None, self.bar.is_least).is_met(middle)
            verdict += ", aim too" if aimed else ""
        spread = f"{written(min(self.ratios))} to {written(max(self.ratios))}"
        return (
            f"{head} {self.ours:9.3f} {self.theirs:9.3f} {self.unit:4} {written(middle):>8}"
            f"  ({spread:>16}) {self.bar!s:>9}  {verdict}"
        )


def written(ratio: float) -> str:
    """Return a ratio as people say it: a tenth is 1/10."""
    return f"1/{1 / ratio:.1f}".removesuffix(".0") if 0 < ratio < 0.5 else f"{ratio:.2f}"


def heading(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}", flush=True)
