"""Commands for whoever runs the service: `flask listings ask` and `extend`."""

import json

import click
from flask import Flask
from flask.cli import AppGroup

from app import clock
from app.db import unit_of_work
from geo.progress import shown_progress
from listings.freshness import ask_whether_right
from listings.jobs import extend_each

commands = AppGroup("listings", help="What organisations offer, and whether it is still right.")


def init_app(app: Flask) -> None:
    app.cli.add_command(commands)


@commands.command("extend")
@click.option("--json", "as_json", is_flag=True, help="Say what was done as JSON.")
def extend_all(as_json: bool) -> None:
    """Make the sessions of all that repeats, half a year ahead. A worker does it every night.

    It may be interrupted and run again: each listing is done by itself, and done again it makes
    nothing more.
    """
    with shown_progress() as progress:
        for made in extend_each():
            progress("Making sessions", made.done / max(made.listings, 1))
    said = f"Listings that repeat: {made.listings:,}. New sessions: {made.sessions:,}."
    facts = {"listings": made.listings, "sessions": made.sessions}
    click.echo(json.dumps(facts) if as_json else said)


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def ask(as_json: bool) -> None:
    """Ask organisations whether what they offer is still right. A worker does it every day.

    It writes notices, which go by e-mail, too: at 90 days and at 150 days after a listing
    was last confirmed. It may be interrupted and run again.
    """
    with unit_of_work() as db:
        written = ask_whether_right(db, clock.now())
    click.echo(json.dumps({"notices": written}) if as_json else f"E-mails to send: {written}.")
