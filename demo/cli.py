"""Operator commands of the demo."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from app.config import Settings
from app.db import unit_of_work
from app.errors import Refusal
from demo import service
from demo.neighbourhoods import SLUG
from demo.service import Demo
from geo.progress import shown_progress

demo = AppGroup("demo", help="A city to try: load it, or take it away again.")


def init_app(app: Flask) -> None:
    app.cli.add_command(demo)


@demo.command()
@click.option("--city", "slug", default=SLUG, show_default=True, help="Which city.")
@click.option("--seed", default=service.SEED, show_default=True, help="Another seed, another city.")
@click.option("--json", "as_json", is_flag=True, help="Say who can sign in as JSON.")
def load(slug: str, seed: int, as_json: bool) -> None:
    """Load a city with its people, opportunities and history. A second time changes nothing."""
    settings: Settings = current_app.extensions["settings"]
    with _refusals_as_sentences(), shown_progress() as progress, unit_of_work() as db:
        loaded = service.load_city(
            db,
            slug=slug,
            seed=seed,
            secret=settings.secret_key,
            public_url=settings.public_url,
            keys_secret=settings.keys_secret,
            equality_secret=settings.equality_secret,
            progress=progress,
        )
        said = json.dumps([person.as_json() for person in loaded.people], indent=1)
        city = loaded.city.name
    click.echo(said) if as_json else _say(city, loaded)


@demo.command()
@click.option("--city", "slug", default=SLUG, show_default=True, help="Which city.")
@click.option("--yes", is_flag=True, help="Do not ask first.")
def clear(slug: str, yes: bool) -> None:
    """Take away the people, providers and badges of a city of the demo.

    Official data stays, and what visitors wished for. So does what reach released: nobody can change that, by any command.
    """
    yes or click.confirm(f"Take away everything in {slug}, people and badges too?", abort=True)
    with _refusals_as_sentences(), unit_of_work() as db:
        service.clear_city(db, slug=slug)
    click.echo(f"{slug} is empty again. Official data and what reach released stay.")


def _say(city: str, loaded: Demo) -> None:
    done = "is loaded" if loaded.is_new else "was loaded before; nothing changed"
    if loaded.new_sessions:
        done = f"was loaded a while ago; {loaded.new_sessions} sessions to come were added"
    click.echo(f"{city} {done}. These people can sign in:\n")
    for person in loaded.people:
        click.echo(f"{person.role:18} {person.name:14} {person.account:40} {person.secret}")
    click.echo("\nOr open one of these addresses. Each signs in once, within a day:\n")
    for person in loaded.people:
        click.echo(f"{person.role:18} {person.sign_in}")


@contextmanager
def _refusals_as_sentences() -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal
