"""A city lays its records out in its own way."""

import tomllib
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from app.db import unit_of_work
from app.errors import Refusal
from geo.queries import city_by_slug
from record.service import lay_out
from record.sufficiency import Rule

record = AppGroup("record", help="How learners' records are laid out.")


def init_app(app: Flask) -> None:
    """Hang the commands on the application."""
    app.cli.add_command(record)


@record.command("lay-out")
@click.argument("city")
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False
)
def lay_out_records(city: str, file: Path | None) -> None:
    """Lay the records of CITY out as FILE says; without FILE, as everybody's.

    FILE is TOML: a [[strand]] each with key, name, name_cy, about, about_cy and takes (which sorts of
    lines), and [enough] with points, contexts and people, if the city asks for more or less.
    """
    said = _read(file) if file else {}
    with unit_of_work() as db:
        of = city_by_slug(db, city)
        if of is None:
            raise click.ClickException(f"There is no city {city}.")
        try:
            enough = Rule(**said["enough"]) if "enough" in said else None
            lay_out(db, city=of, strands=said.get("strand", []), rule=enough)
        except (Refusal, TypeError) as refusal:
            raise click.ClickException(str(refusal)) from refusal
    way = "its own way" if said.get("strand") else "the way of all"
    click.echo(f"{of.name} lays its records out in {way}.")


def _read(file: Path) -> dict:
    try:
        return tomllib.loads(file.read_text())
    except tomllib.TOMLDecodeError as wrong:
        raise click.ClickException(f"{file.name}: {wrong}") from wrong
