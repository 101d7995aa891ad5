"""Commands for whoever runs the service: `flask opportunities tidy`."""

import json
from collections.abc import Callable
from datetime import datetime

import click
from flask import Flask
from flask.cli import AppGroup

from app import clock
from app.db import unit_of_work
from opportunities.report_service import forget_closed_reports
from opportunities.wish_service import forget_old_wishes

commands = AppGroup("opportunities", help="What is on, and what visitors say of it.")


def init_app(app: Flask) -> None:
    app.cli.add_command(commands)


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="Say what was done as JSON.")
def tidy(as_json: bool) -> None:
    """Delete what has been kept long enough. Let it run once a month, or more often.

    Wishes go 24 months after their month, and reports about listings 12 months after an officer
    closed them. It may be interrupted and run again: what is deleted by then stays deleted.
    """
    now = clock.now()
    wishes, reports = _all(forget_old_wishes, now), _all(forget_closed_reports, now)
    said = f"Wishes deleted: {wishes}. Reports deleted: {reports}."
    click.echo(json.dumps({"wishes": wishes, "reports": reports}) if as_json else said)


def _all(forget: Callable[..., int], now: datetime) -> int:
    """Forget step by step, each committed by itself, and return how many rows that were."""
    gone = 0
    while True:
        with unit_of_work() as db:
            step = forget(db, now=now)
        if not step:
            return gone
        gone += step
