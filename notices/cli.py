"""Commands for whoever runs the service: `flask notices send`, `flask notices tidy`."""

import json

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from app import clock
from app.config import Settings
from app.db import current_db
from geo.progress import shown_progress
from notices.delivery import Outcome, send_due
from notices.jobs import forget_all_old
from notices.post import mailer_of
from notices.queries import how_many_may_be_sent, how_many_wait

commands = AppGroup("notices", help="What we tell people by e-mail.")


def init_app(app: Flask) -> None:
    app.cli.add_command(commands)


@commands.command()
@click.option("--dry-run", is_flag=True, help="Say how many would be sent, and send none.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def send(dry_run: bool, as_json: bool) -> None:
    """Send the e-mails that are due. A worker does it by itself.

    It keeps quiet hours, and sends each e-mail once however many of it run. It may be interrupted
    and run again.
    """
    if dry_run:
        _say_what_is_due(as_json)
        return
    outcome = _send_all()
    waiting = sum(how_many_wait(current_db()).values())
    words = (
        f"Sent: {outcome.sent}. To be tried again: {outcome.failed}. "
        f"Given up: {outcome.given_up}. Waiting: {waiting}."
    )
    click.echo(json.dumps(outcome.as_json() | {"waiting": waiting}) if as_json else words)
    if outcome.stopped:
        raise click.ClickException(outcome.stopped)


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def tidy(as_json: bool) -> None:
    """Delete what was told, sent or given up 90 days ago. A worker does it every night."""
    gone = forget_all_old()
    click.echo(json.dumps({"notices": gone}) if as_json else f"Notices deleted: {gone}.")


def _send_all() -> Outcome:
    settings: Settings = current_app.extensions["settings"]
    mailer = mailer_of(settings)
    if mailer is None:
        waiting = sum(how_many_wait(current_db()).values())
        raise click.ClickException(
            f"SMTP_URL and NOTIFY_KEY are empty, so nothing is sent. Waiting: {waiting}. "
            "`flask check --settings` explains it."
        )
    due = sum(how_many_may_be_sent(current_db(), clock.now()).values())
    # A question opens a transaction, which must be over before the sending begins.
    current_db.rollback()
    outcome = Outcome()
    with shown_progress() as say:
        for outcome in send_due(clock.now, mailer):
            say("Sending e-mail", min(outcome.sent / max(due, 1), 1.0))
    return outcome


def _say_what_is_due(as_json: bool) -> None:
    due = how_many_may_be_sent(current_db(), clock.now())
    waiting = sum(how_many_wait(current_db()).values())
    facts = {kind.value: number for kind, number in due.items()}
    listed = ", ".join(f"{kind} {number}" for kind, number in facts.items()) or "nothing"
    words = f"Would be sent now: {listed}. Waiting: {waiting}."
    click.echo(json.dumps({"would_send": facts, "waiting": waiting}) if as_json else words)
