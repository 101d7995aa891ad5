"""Showing how far a long command has come: a bar on a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from geo.loaders import Progress

#: Plain lines come this often, as a share of the step.
_EVERY = 0.25


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Yield what a loader may call to say how far it has come. All of it goes to stderr."""
    console = Console(stderr=True)
    if console.is_terminal:
        with _bars(console) as bars:
            yield _OnTerminal(bars)
    else:
        yield _InLines()


class _OnTerminal:
    def __init__(self, bars: Bars):
        self.bars = bars
        self.words: str | None = None
        self.task: TaskID | None = None

    def __call__(self, words: str, share: float | None) -> None:
        if words != self.words:
            self._finish()
            self.words, self.task = words, self.bars.add_task(words, total=None)
        if self.task is not None and share is not None:
            self.bars.update(self.task, total=1.0, completed=share)

    def _finish(self) -> None:
        if self.task is not None:
            self.bars.update(self.task, total=1.0, completed=1.0)


class _InLines:
    def __init__(self) -> None:
        self.words: str | None = None
        self.next_share = 0.0

    def __call__(self, words: str, share: float | None) -> None:
        if words != self.words:
            self.words, self.next_share = words, _EVERY
            click.echo(words, err=True)
        elif share is not None and share >= self.next_share:
            self.next_share = share + _EVERY
            click.echo(f"{words}: {share:.0%}", err=True)


def _bars(console: Console) -> Bars:
    return Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
    )
