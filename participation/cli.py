"""Commands of this room."""

import click
from flask.cli import AppGroup

from app import clock
from app.db import current_db, unit_of_work
from participation.once import forget_old
from participation.service import settle_session
from participation.telling import tell_changes
from participation.waiting import unsettled

cli = AppGroup("participation", help="Places that are held, asked for and waited for.")


@cli.command()
def tidy() -> None:
    """Offer what came free to who waits, and tell what was moved or called off.

    Nothing waits for this: a place whose time is over is free for whoever comes. Run it every few
    minutes, so that who waits is offered it soon.
    """
    now = clock.of_database(current_db())
    session_ids = unsettled(current_db(), now=now)
    for session_id in session_ids:
        with unit_of_work() as db:
            settle_session(db, session_id, now=now)
    with unit_of_work() as db:
        told = tell_changes(db, now=now)
        forgotten = forget_old(db, now=now)
    click.echo(
        f"{len(session_ids)} sessions settled, {told} told, {forgotten} old answers forgotten"
    )
