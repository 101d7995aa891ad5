"""Commands for whoever runs the service: `flask providers remind`."""

import json

import click
from flask import Flask
from flask.cli import AppGroup

from app import clock
from app.db import unit_of_work
from providers.reminders import remind as remind_all

commands = AppGroup("providers", help="Organisations, and what they have in place.")


def init_app(app: Flask) -> None:
    app.cli.add_command(commands)


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def remind(as_json: bool) -> None:
    """Tell organisations what runs out within 30 days, and what has run out. A worker does it daily.

    It writes notices, which go by e-mail, too. What lapses does so by itself, at midnight:
    this only says so. It may be interrupted and run again: nobody is told twice.
    """
    with unit_of_work() as db:
        written = remind_all(db, clock.now())
    click.echo(json.dumps({"notices": written}) if as_json else f"E-mails to send: {written}.")
