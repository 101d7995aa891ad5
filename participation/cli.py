"""What an operator asks of places and registers."""

import click
from flask import Flask
from flask.cli import AppGroup

from app import clock
from app.db import unit_of_work
from participation.care import forget_people
from participation.jobs import settle_places

commands = AppGroup("participation", help="Bookings, registers and who came.")


def init_app(app: Flask) -> None:
    app.cli.add_command(commands)


@commands.command()
def forget() -> None:
    """Delete whom to ring a day after each session, and names of guests. Let it run each hour."""
    with unit_of_work() as db:
        gone = forget_people(db, clock.now())
    click.echo(f"Rows forgotten: {gone}.")


@commands.command()
def tidy() -> None:
    """Offer what came free to who waits, and tell what was moved or called off.

    A worker does it by itself every five minutes. Nothing waits for it: a place whose time is over
    is free for whoever comes.
    """
    done = settle_places()
    click.echo(
        f"{done.settled} sessions settled, {done.told} told, {done.forgotten} old answers forgotten"
    )
