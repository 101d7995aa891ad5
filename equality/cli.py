"""Commands for whoever keeps the secret: lock answers anew, and see when they were opened."""

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from app.db import current_db, unit_of_work
from app.sealing import Locked
from equality.queries import openings
from equality.service import reseal

equality = AppGroup("equality", help="What learners told of themselves, kept apart.")


def init_app(app: Flask) -> None:
    """Hang the commands on the application."""
    app.cli.add_command(equality)


@equality.command("reseal")
@click.option("--old", envvar="OLD_EQUALITY_SECRET", prompt=True, hide_input=True)
def reseal_answers(old: str) -> None:
    """Lock with EQUALITY_SECRET all that was locked with OLD_EQUALITY_SECRET until now.

    Give the new one to the site and the workers first: what does not open meanwhile is not shown.
    """
    secret = current_app.extensions["settings"].equality_secret
    if not secret:
        raise click.ClickException("Set EQUALITY_SECRET to the new secret.")
    try:
        with unit_of_work() as db:
            reseal(db, secret=secret, old_secret=old)
    except (Locked, ValueError) as refusal:
        raise click.ClickException(str(refusal)) from None
    # How many told something is nobody's to know.
    click.echo("All answers are locked with the new secret.")


@equality.command("openings")
def list_openings() -> None:
    """Say for which releases answers were opened to be counted, and when."""
    for each in openings(current_db()):
        click.echo(f"{each.opened_at:%Y-%m-%d %H:%M} {each.release}")
