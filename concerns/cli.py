"""Commands for whoever runs the service: who reads a city's concerns, and whether any is late."""

import json

import click
from flask import Flask
from flask.cli import AppGroup

from accounts.queries import user_by_email
from app import clock
from app.db import Base, unit_of_work
from app.errors import Refusal
from concerns import desk, queries, text_reach
from geo.queries.areas import city_by_slug

commands = AppGroup("concerns", help="What worries people: who reads it, and whether it is late.")


def init_app(app: Flask) -> None:
    app.cli.add_command(commands)


@commands.command("desk")
@click.argument("city")
@click.option("--reader", "readers", multiple=True, help="E-mail of an officer; again for more.")
@click.option("--danger-hours", type=int, default=1, show_default=True)
@click.option("--today-hours", type=int, default=4, show_default=True)
@click.option("--worried-hours", type=int, default=24, show_default=True)
def set_desk(city: str, readers: tuple[str, ...], **hours: int) -> None:
    """Say who reads the concerns of CITY and how fast they take one on.

    Without a reader, all officers of the city read them.
    """
    try:
        with unit_of_work() as db:
            found = city_by_slug(db, city)
            if found is None:
                raise click.ClickException(f"There is no city {city!r}.")
            people = [user_by_email(db, each) for each in readers]
            desk.set_desk(db, city=found, readers=people, **hours)
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo(f"{city}: {len(readers) or 'all'} officers read its concerns.")


@commands.command("late")
@click.option("--json", "as_json", is_flag=True, help="Say it as JSON.")
def late(as_json: bool) -> None:
    """Say how many concerns nobody took on in time, or nobody may read. Exit 1 if there are any."""
    with unit_of_work() as db:
        found = {
            "overdue": queries.overdue(db, clock.now()),
            "without_reader": queries.without_reader(db),
        }
    click.echo(json.dumps(found) if as_json else _in_words(found))
    if any(found.values()):
        raise SystemExit(1)


@commands.command("text-reach")
@click.option("--check", is_flag=True, help="Say only what is wrong; exit 1 if anything is.")
def show_text_reach(check: bool) -> None:
    """Say who writes each text, who reads it, and what stands between an adult and one child."""
    matrix = text_reach.read_matrix()
    columns = text_reach.columns_of(Base.metadata)
    wrong = text_reach.gaps(matrix, columns, text_reach.boxes_of(text_reach.forms()))
    wrong += [f"{each} is an open path" for each in text_reach.open_paths(matrix)]
    if check:
        click.echo("\n".join(wrong) or "No text is unaccounted for, and no path is open.")
        raise SystemExit(1 if wrong else 0)
    click.echo(text_reach.as_page(matrix), nl=False)


def _in_words(found: dict[str, dict[str, int]]) -> str:
    said = [
        f"{city}: {number} {what.replace('_', ' ')}"
        for what, numbers in found.items()
        for city, number in sorted(numbers.items())
    ]
    return "\n".join(said) or "No concern is late, and each can be read by somebody."
