"""Commands of the ground floor."""

from dataclasses import MISSING, fields
from datetime import timedelta
from typing import Any, cast

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from app import clock
from app.config import KEYS_SECRET_NEEDED, MissingSetting, Settings
from app.db import current_db
from app.jobs import SILENCE, standing, work

_SECOND = timedelta(seconds=1)


def init_app(app: Flask) -> None:
    app.cli.add_command(check)
    app.cli.add_command(do_work)


@click.command()
@click.option("--settings", "list_settings", is_flag=True, help="List every setting.")
@with_appcontext
def check(list_settings: bool) -> None:
    """Say whether the application can start, and with which settings."""
    if list_settings:
        for setting in fields(Settings):
            default = "required" if setting.default is MISSING else f"default {setting.default!r}"
            click.echo(f"{setting.name.upper()}: {setting.metadata['help']} ({default})")
    click.echo("The application starts, and every route says who may come.")
    click.echo(_keys(current_app.extensions["settings"]))
    click.echo(_post(current_app.extensions["settings"]))
    click.echo(_background())


@click.command("work")
@click.option("--until-idle", is_flag=True, help="Stop once nothing is left that could be done.")
@with_appcontext
def do_work(until_idle: bool) -> None:
    """Do what waits in the background, until stopped. As many of it may run as you like.

    SIGTERM or Ctrl-C ends it after what it is doing. Whatever else stops it: what it was doing is
    done again by the next, and nothing twice.
    """
    if not current_app.extensions["settings"].keys_secret:
        raise MissingSetting(KEYS_SECRET_NEEDED)
    click.echo("Doing what waits in the background. Ctrl-C stops it.")
    work(cast(Any, current_app)._get_current_object(), until_idle=until_idle)


def _keys(settings: Settings) -> str:
    if not settings.keys_secret:
        return "This process cannot sign, as it should be for the site: the worker has KEYS_SECRET."
    if settings.concerns_secret == settings.keys_secret:
        return (
            "KEYS_SECRET and CONCERNS_SECRET are one, so the site has what opens the keys: "
            "`flask badges change-secret --help` tells them apart."
        )
    return "This process has KEYS_SECRET, so it can sign. The site needs none: leave it out there."


def _post(settings: Settings) -> str:
    if settings.notify_key:
        return "E-mail goes out by GOV.UK Notify."
    if settings.smtp_url:
        return f"E-mail goes out as {settings.mail_from}."
    return "No e-mail is sent, since SMTP_URL is empty: what is to be told by e-mail waits."


def _background() -> str:
    """Say whether a worker is alive, and what waits for one."""
    try:
        found = standing(current_db())
    except SQLAlchemyError:
        return "The database does not answer, or lacks a migration: see /readyz."
    now = clock.now()
    is_alive = found.heard_at is not None and now - found.heard_at <= SILENCE
    worker = (
        "A worker is alive."
        if is_alive
        else "No worker is alive: let script/worker run beside the site."
    )
    waits = f"Jobs that wait: {found.waiting}"
    if found.waits_since is not None:
        waits += f", the oldest for {max(now - found.waits_since, timedelta(0)) // _SECOND} s"
    return f"{worker} {waits}. Jobs that failed: {found.failed}."
