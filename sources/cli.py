"""`flask opportunities import`: bring a list in, from a file or from an address."""

import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
from flask import Flask, current_app

from app import clock
from app.db import unit_of_work
from app.errors import Refusal
from app.fetcher import Fetcher
from geo.progress import shown_progress
from opportunities.cli import commands
from providers.models import Provider
from providers.queries import provider_by_slug
from sources import following, service
from sources.models import ImportRun, Source, SourceKind, Takes, Verdict
from sources.queries import sources_to_read
from sources.reading import Progress, kind_of
from sources.writing import Told

_MOST_SAID = 20


def init_app(app: Flask) -> None:
    """Hang the command on the group that the room below has made."""


@commands.command("import")
@click.argument("file_or_address", required=False)
@click.option("--provider", "slug", metavar="SLUG", help="Whose list it is.")
@click.option("--kind", type=click.Choice([each.value for each in SourceKind]), help="Its format.")
@click.option(
    "--takes",
    type=click.Choice([each.value for each in Takes]),
    default=Takes.ACTIVITIES.value,
    help="What its rows become.",
)
@click.option("--name", help="What people call where it comes from.")
@click.option("--licence", default="", help="Under which licence it may be used.")
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON with `columns` and `defaults`; without it, what was said the last time, or a guess.",
)
@click.option("--dry-run", is_flag=True, help="Say what would happen, and do nothing.")
@click.option("--from-start", is_flag=True, help="Read a feed from its first page again.")
@click.option("--again", is_flag=True, help="Read every address anew that was brought in before.")
@click.option("--json", "as_json", is_flag=True, help="Say what was done as JSON.")
def import_list(
    file_or_address: str | None,
    slug: str | None,
    kind: str | None,
    takes: str,
    name: str | None,
    licence: str,
    mapping_file: Path | None,
    dry_run: bool,
    from_start: bool,
    again: bool,
    as_json: bool,
) -> None:
    """Bring in the activities or places of FILE_OR_ADDRESS for the organisation SLUG.

    CSV, JSON lists, iCalendar, OpenActive feeds, Open Referral UK and web pages with events. A file
    is kept as a whole or not at all; a feed page by page, and goes on where it was interrupted.
    """
    if again:
        return _read_all_again(as_json)
    if not file_or_address or not slug:
        raise click.UsageError("Give a file or an address, and --provider.")
    given = _Given(
        file_or_address,
        slug,
        SourceKind(kind) if kind else None,
        Takes(takes),
        name,
        licence,
        _mapping(mapping_file),
    )
    run, said = _refusing(lambda: given.bring_in(dry_run, from_start))
    _say(run, said, as_json)
    return None


class _Given:
    """One list, as the command line names it."""

    def __init__(
        self,
        where: str,
        slug: str,
        kind: SourceKind | None,
        takes: Takes,
        name: str | None,
        licence: str,
        mapping: dict[str, Any] | None,
    ):
        self.where, self.slug, self.kind, self.takes = where, slug, kind, takes
        self.is_address = urlsplit(where).scheme in ("http", "https")
        self.name = name or (urlsplit(where).hostname if self.is_address else Path(where).name)
        self.licence, self.mapping = licence, mapping

    def bring_in(self, is_dry: bool, from_start: bool) -> tuple[dict[str, Any], "_Said"]:
        said, now = _Said(), clock.now()
        with shown_progress() as progress:
            if not self.is_address:
                return self._file(said, now, is_dry, progress), said
            return self._address(said, now, is_dry, from_start, progress), said

    def _file(self, said: "_Said", now: datetime, is_dry: bool, progress: Progress):
        path = Path(self.where)
        if not path.is_file():
            raise click.UsageError(f"There is no file {self.where}.")
        with path.open("rb") as content:
            kind = self.kind or kind_of(content, path.name)
            with unit_of_work() as db:
                source = self._source(db, kind)
                mapping = source.mapping if self.mapping is None else self.mapping
                act = service.try_out if is_dry else service.keep
                run = act(db, source, content, mapping, now, progress=progress, tell=said)
                summary = _summary(run, source)
                if is_dry:
                    # Not even the report stays: it stands in what is said.
                    db.rollback()
        return summary

    def _address(
        self, said: "_Said", now: datetime, is_dry: bool, from_start: bool, progress: Progress
    ):
        fetcher: Fetcher = current_app.extensions["fetcher"]
        with unit_of_work() as db:
            known = service.source_like(db, self._provider(db), self.where, "")
            start = (known.cursor if known and not from_start else "") or self.where
            kind = self.kind or (known.kind if known else None)
        kind, content = following.first_page(fetcher, start, kind)
        with unit_of_work() as db:
            source = self._source(db, kind)
            source.cursor = start if start != self.where else ""
            mapping = source.mapping if self.mapping is None else self.mapping
            if is_dry or kind is not SourceKind.RPDE:
                act = service.try_out if is_dry else service.keep
                run = act(
                    db, source, io.BytesIO(content), mapping, now, progress=progress, tell=said
                )
                summary = _summary(run, source)
                if is_dry:
                    db.rollback()
                return summary
            source_id = source.id
        run_id = following.follow(
            fetcher, source_id, mapping, now, content=content, progress=progress, tell=said
        )
        with unit_of_work() as db:
            return _summary(db.get_one(ImportRun, run_id), db.get_one(Source, source_id))

    def _provider(self, db) -> Provider:
        provider = provider_by_slug(db, self.slug)
        if provider is None:
            raise click.UsageError(f"There is no organisation {self.slug}.")
        return provider

    def _source(self, db, kind: SourceKind) -> Source:
        return service.add_source(
            db,
            provider=self._provider(db),
            kind=kind,
            takes=self.takes,
            name=self.name or self.where,
            licence=self.licence,
            address=self.where if self.is_address else "",
            file_name="" if self.is_address else Path(self.where).name,
        )


class _Said:
    """What is said of the rows: how many, and the first that were refused."""

    def __init__(self) -> None:
        self.refused: list[Told] = []
        self.reasons: Counter[str] = Counter()

    def __call__(self, told: Told) -> None:
        if told.verdict is Verdict.REFUSED:
            self.reasons[told.reason] += 1
            if len(self.refused) < _MOST_SAID:
                self.refused.append(told)


@dataclass(frozen=True)
class _Again:
    """What became of one address that was read again."""

    where: str
    run: dict[str, Any]
    said: _Said
    #: Why it could not be read; empty where it was.
    refusal: str = ""


def read_all_again() -> Iterator[_Again]:
    """Read every address anew that was brought in before; yield what became of each."""
    with unit_of_work() as db:
        service.forget_old_uploads(db, clock.now())
        known = [db.get_one(Source, each) for each in sources_to_read(db)]
        given = [
            _Given(
                each.address,
                each.provider.slug,
                each.kind,
                each.takes,
                each.name,
                each.licence,
                None,
            )
            for each in known
        ]
    for each in given:
        try:
            run, said = each.bring_in(False, False)
        except Refusal as refusal:
            yield _Again(each.where, {}, _Said(), str(refusal))
        else:
            yield _Again(each.where, run, said)


def _read_all_again(as_json: bool) -> None:
    read = failed = 0
    for each in read_all_again():
        read += 1
        if each.refusal:
            failed += 1
            click.echo(f"{each.where}: {each.refusal}", err=True)
        else:
            _say(each.run, each.said, as_json)
    if failed:
        raise click.ClickException(f"{failed} of {read} could not be read.")


def _mapping(file: Path | None) -> dict[str, Any] | None:
    if file is None:
        return None
    try:
        mapping = json.loads(file.read_text())
    except ValueError as error:
        raise click.BadParameter(f"it is no JSON: {error}", param_hint="--mapping") from error
    if not isinstance(mapping, dict) or set(mapping) - {"columns", "defaults"}:
        raise click.BadParameter("it has `columns` and `defaults`", param_hint="--mapping")
    return mapping


def _refusing(act):
    try:
        return act()
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal


def _summary(run: ImportRun, source: Source) -> dict[str, Any]:
    counts = {each.value: getattr(run, each.value) for each in Verdict}
    return {
        "source": source.where,
        "kind": source.kind.value,
        "is_dry": run.is_dry,
        "rows": run.rows,
        **counts,
        "remarks": list(run.remarks),
    }


def _say(run: dict[str, Any], said: _Said, as_json: bool) -> None:
    if as_json:
        refused = [
            {
                "number": each.number,
                "id": each.external_id,
                "field": each.field,
                "reason": each.reason,
            }
            for each in said.refused
        ]
        click.echo(json.dumps(run | {"reasons": dict(said.reasons), "first_refused": refused}))
        return
    click.echo(f"{run['source']} ({run['kind']}){': what would happen' if run['is_dry'] else ''}")
    for name in ("rows", *(each.value for each in Verdict)):
        click.echo(f"{name:>10} {run[name]:>10,}")
    for remark in run["remarks"]:
        click.echo(f"Note: {remark}")
    for each in said.refused:
        where = f"row {each.number}" + (f", {each.field}" if each.field else "")
        click.echo(f"Refused: {where}: {each.reason}")
    if run["refused"] > len(said.refused):
        click.echo(f"And {run['refused'] - len(said.refused):,} more.")
