"""Commands of the ground floor."""

from dataclasses import MISSING, fields

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from app.config import Settings


def init_app(app: Flask) -> None:
    app.cli.add_command(check)


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
    sends: Settings = current_app.extensions["settings"]
    click.echo(
        f"E-mail goes out as {sends.mail_from}: let `flask notices send` run every few minutes."
        if sends.smtp_url
        else "No e-mail is sent, since SMTP_URL is empty: what is to be told waits."
    )
