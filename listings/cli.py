"""Commands for whoever runs the service: `flask listings ask`."""

import json

import click
from flask import Flask
from flask.cli import AppGroup

from app import clock
from app.db import unit_of_work
from listings.freshness import ask_whether_right

commands = AppGroup("listings", help="What organisations offer, and whether it is still right.")


def init_app(app: Flask) -> None:
    app.cli.add_command(commands)


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def ask(as_json: bool) -> None:
    """Ask organisations whether what they offer is still right. Let it run once a day.

    It writes e-mails that `flask notices send` sends: at 90 days and at 150 days after a listing
    was last confirmed. It may be interrupted and run again.
    """
    with unit_of_work() as db:
        written = ask_whether_right(db, clock.now())
    click.echo(json.dumps({"notices": written}) if as_json else f"E-mails to send: {written}.")
