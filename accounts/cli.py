"""Commands for whoever runs the service: make an account, make a sign-in address."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask
from flask.cli import AppGroup

from accounts import service
from accounts.access import AUTHORITY_ROLES
from accounts.models import Role, User
from accounts.queries import user_by_name_of_account
from app import clock
from app.db import unit_of_work
from app.errors import NotFound, Refusal
from app.web import public_url
from geo.models import City, Region
from geo.queries import city_by_slug, region_by_slug

accounts = AppGroup("accounts", help="People who sign in.")
ADULT_ROLES = [role.value for role in Role if role is not Role.LEARNER]


def init_app(app: Flask) -> None:
    app.cli.add_command(accounts)


@accounts.command()
@click.option("--role", type=click.Choice(ADULT_ROLES), required=True)
@click.option("--name", required=True)
@click.option("--email", required=True)
@click.option("--city", "city_slug", help="Where an officer or city admin works.")
@click.option("--region", "region_slug", help="The same, for several cities together.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def create_user(
    role: str,
    name: str,
    email: str,
    city_slug: str | None,
    region_slug: str | None,
    as_json: bool,
) -> None:
    """Make an account for an adult. They sign in by `sign-in-link`, then choose a password."""
    with _refusals_as_exit(), unit_of_work() as db:
        region = _region(db, role, region_slug, city_slug)
        user = service.register_adult(
            db,
            role=Role(role),
            name=name,
            email=email,
            city=None if region else _city(db, role, city_slug),
            region=region,
        )
    _say(_described(user), f"{name} can sign in: flask accounts sign-in-link {email}", as_json)


@accounts.command()
@click.argument("email_or_pass")
@click.option("--hours", type=click.IntRange(1, 24 * 30), default=service.LINK_HOURS)
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def sign_in_link(email_or_pass: str, hours: int, as_json: bool) -> None:
    """Make a one-use sign-in address for an e-mail address or a pass code."""
    with _refusals_as_exit(), unit_of_work() as db:
        user = user_by_name_of_account(db, email_or_pass)
        if user is None or not user.is_active:
            raise NotFound(f"Nobody can sign in as {email_or_pass}.")
        token = service.sign_in_link(db, user=user, now=clock.now(), hours=hours)
    address = public_url(f"/sign-in/link/{token}")
    _say(_described(user) | {"sign_in": address}, address, as_json)


def _city(db, role: str, slug: str | None) -> City | None:
    if slug is None:
        if role in AUTHORITY_ROLES:
            raise click.UsageError(
                "--city or --region is needed for somebody who works for an authority."
            )
        return None
    city = city_by_slug(db, slug)
    if city is None:
        raise NotFound(f"There is no city {slug}.")
    return city


def _region(db, role: str, slug: str | None, city_slug: str | None) -> Region | None:
    if slug is None:
        return None
    if city_slug is not None:
        raise click.UsageError("Somebody works for a city or for a region: give one of them.")
    if Role(role) not in AUTHORITY_ROLES:
        raise click.UsageError("--region is for officers and city admins alone.")
    region = region_by_slug(db, slug)
    if region is None:
        raise NotFound(f"There is no region {slug}.")
    return region


def _described(user: User) -> dict[str, str | None]:
    return {"role": user.role.value, "name": user.name, "email": user.email}


def _say(facts: dict, words: str, as_json: bool) -> None:
    click.echo(json.dumps(facts) if as_json else words)


@contextmanager
def _refusals_as_exit() -> Iterator[None]:
    """Turn a refusal into exit status 1 with its reason."""
    try:
        yield
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal
