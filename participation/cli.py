"""What an operator asks of the registers."""

import click
from flask import Flask
from flask.cli import AppGroup

from app import clock
from app.db import unit_of_work
from participation.care import forget_people

commands = AppGroup("participation", help="Bookings, registers and who came.")


def init_app(app: Flask) -> None:
    app.cli.add_command(commands)


@commands.command()
def forget() -> None:
    """Delete whom to ring a day after each session, and names of guests. Let it run each hour."""
    with unit_of_work() as db:
        gone = forget_people(db, clock.now())
    click.echo(f"Rows forgotten: {gone}.")
