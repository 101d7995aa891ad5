"""Commands for whoever runs the service: `flask listings ask` and `extend`."""

import json

import click
from flask import Flask
from flask.cli import AppGroup

from app import clock
from app.db import current_db, unit_of_work
from geo.progress import shown_progress
from listings.freshness import ask_whether_right
from listings.schedules import extend_one, repeating

commands = AppGroup("listings", help="What organisations offer, and whether it is still right.")


def init_app(app: Flask) -> None:
    app.cli.add_command(commands)


@commands.command("extend")
@click.option("--json", "as_json", is_flag=True, help="Say what was done as JSON.")
def extend_all(as_json: bool) -> None:
    """Make the sessions of all that repeats, half a year ahead. Let it run every night.

    It may be interrupted and run again: each listing is done by itself, and done again it makes
    nothing more.
    """
    now, made = clock.now(), 0
    ids = repeating(current_db())
    with shown_progress() as progress:
        for number, id in enumerate(ids):
            progress("Making sessions", number / len(ids))
            with unit_of_work() as db:
                made += extend_one(db, id, now=now)
    said = f"Listings that repeat: {len(ids):,}. New sessions: {made:,}."
    click.echo(json.dumps({"listings": len(ids), "sessions": made}) if as_json else said)


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
