"""What an operator says of reach: `flask provision set-distance`."""

import click
from flask import Flask
from flask.cli import AppGroup

from app.db import unit_of_work
from app.errors import Refusal
from geo.queries import city_by_slug
from provision.lens import Mode
from provision.service import set_distance

commands = AppGroup("provision", help="How much there is within reach of each area.")


def init_app(app: Flask) -> None:
    app.cli.add_command(commands)


@commands.command("set-distance")
@click.option("--city", "slug", required=True, help="The city, as addresses call it.")
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode]),
    required=True,
    help="How people travel.",
)
@click.option("--metres", type=int, required=True, help="How far, as the crow flies.")
def say_distance(slug: str, mode: str, metres: int) -> None:
    """Say how far the young people of a city travel by one mode."""
    with unit_of_work() as db:
        city = city_by_slug(db, slug)
        if city is None:
            raise click.ClickException(f"There is no city {slug!r}.")
        try:
            set_distance(db, city, Mode(mode), metres)
        except Refusal as refusal:
            raise click.ClickException(str(refusal)) from refusal
    click.echo(f"{city.name}, {mode}: {metres:,} metres.")
