"""Commands for whoever runs the service: `flask opportunities tidy`."""

import json

import click
from flask import Flask
from flask.cli import AppGroup

from opportunities.jobs import forget_old

commands = AppGroup("opportunities", help="What is on, and what visitors say of it.")


def init_app(app: Flask) -> None:
    app.cli.add_command(commands)


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="Say what was done as JSON.")
def tidy(as_json: bool) -> None:
    """Delete what has been kept long enough. A worker does it every night.

    Wishes go 24 months after their month, and reports about listings 12 months after an officer
    closed them. It may be interrupted and run again: what is deleted by then stays deleted.
    """
    wishes, reports = forget_old()
    said = f"Wishes deleted: {wishes}. Reports deleted: {reports}."
    click.echo(json.dumps({"wishes": wishes, "reports": reports}) if as_json else said)
