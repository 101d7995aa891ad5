"""Commands for whoever runs the service: all that is a learner's in one file, and erasing one."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from accounts.models import User
from app import clock
from app.db import current_db, unit_of_work
from app.errors import NotFound, Refusal
from badges.signing import signing_host
from portable import erasing, packing
from portable.queries import learner_by_name

profiles = AppGroup("profiles", help="What belongs to a learner goes with them, and away.")


def init_app(app: Flask) -> None:
    """Hang the commands on the application."""
    app.cli.add_command(profiles)


@profiles.command()
@click.argument("pass_or_uuid")
@click.option(
    "--out", "file", type=click.Path(dir_okay=False, path_type=Path), required=True, help="A zip."
)
def export(pass_or_uuid: str, file: Path) -> None:
    """Write all that is a learner's into FILE, signed as their own page would. Needs KEYS_SECRET."""
    with _refusals_as_exit():
        host, learner_id = signing_host(), _learner(pass_or_uuid).id
        packing.sign_badges_of(learner_id)
        with unit_of_work() as db, file.open("wb") as out:
            learner = db.get_one(User, learner_id)
            packing.pack(
                db,
                learner=learner,
                uuid=uuid4(),
                into=out,
                host=host,
                equality_secret=current_app.extensions["settings"].equality_secret,
                now=clock.now(),
            )
    click.echo(f"{file}: {file.stat().st_size} bytes")


@profiles.command()
@click.argument("pass_or_uuid", required=False)
@click.option(
    "--again",
    "ledger",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Erase everybody whom this ledger names: after an older copy was brought back.",
)
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
def erase(pass_or_uuid: str | None, ledger: Path | None, is_sure: bool) -> None:
    """Erase a learner for good. What others confirmed stays as a trace that leads to nobody."""
    if bool(pass_or_uuid) == bool(ledger):
        raise click.UsageError("Name one learner, or a ledger with --again.")
    if not is_sure:
        click.confirm("This cannot be undone. Erase?", abort=True)
    now = clock.now()
    with _refusals_as_exit(), unit_of_work() as db:
        if ledger:
            hashes = [each["learner"] for each in _read(ledger)]
            number = erasing.erase_again(db, hashes=hashes, now=now)
        else:
            erasing.erase_learner(db, learner=_learner(pass_or_uuid or ""), now=now)
            number = 1
    click.echo(f"Erased: {number}. The files go when the worker comes to it.")


@profiles.command()
def ledger() -> None:
    """Write who was erased, one line of JSON each: digests that name nobody. Keep it beside backups."""
    for each in erasing.ledger(current_db()):
        line = {"learner": each.learner_hash, "erased_at": each.erased_at.isoformat()}
        click.echo(json.dumps(line))


def _read(file: Path) -> list[dict[str, str]]:
    try:
        return [json.loads(line) for line in file.read_text().splitlines() if line.strip()]
    except ValueError as wrong:
        raise Refusal(f"{file.name} is no ledger: {wrong}") from wrong


def _learner(pass_or_uuid: str) -> User:
    learner = learner_by_name(current_db(), pass_or_uuid)
    if learner is None:
        raise NotFound("No learner has this pass or number.")
    return learner


@contextmanager
def _refusals_as_exit() -> Iterator[None]:
    """Turn a refusal into exit status 1 with its reason."""
    try:
        yield
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal
