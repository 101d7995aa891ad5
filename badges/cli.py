"""Commands that draw a badge and check one."""

import json
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from app import clock
from app.db import current_db, unit_of_work
from badges.art import STRANDS, badge_svg, icon_names
from badges.bake import LARGEST_UPLOAD_BYTES
from badges.queries import trusted_issuers
from badges.resolver import FETCHER, Asking, check_address, check_upload
from badges.service import distrust_issuer, trust_issuer
from badges.verifier import Verification
from badges.views import issuing_host
from badges.wording import in_words

badges = AppGroup("badges", help="Draw badges, and find out whether one is real.")


def init_app(app: Flask) -> None:
    app.cli.add_command(badges)


@badges.command()
@click.argument("slug")
@click.option("--strand", type=click.Choice(sorted(STRANDS)), default="explore", show_default=True)
@click.option("--level", type=click.IntRange(1, 4), default=1, show_default=True)
@click.option("--icon", type=click.Choice(icon_names()), default="award", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def draw(slug: str, strand: str, level: int, icon: str, out: Path | None) -> None:
    """Draw the picture of the badge SLUG as SVG."""
    svg = str(badge_svg(slug, strand, level=level, icon=icon))
    if out:
        out.write_text(svg)
    else:
        click.echo(svg)


@badges.command()
@click.argument("badge")
@click.option("--email", default="", help="Compare whom it is for with this address.")
@click.option("--json", "as_json", is_flag=True, help="Say what was found as JSON.")
@click.pass_context
def verify(context: click.Context, badge: str, email: str, as_json: bool) -> None:
    """Check BADGE: a file (JSON, JWT, PNG or SVG; - for what is piped in) or an https address.

    Exit status 1 unless every check passed.
    """
    asking = Asking(
        issuing_host(), clock.now(), current_app.extensions.get("badge_fetcher", FETCHER)
    )
    if badge.startswith("https://"):
        found = check_address(badge, asking, email=email)
    else:
        found = check_upload(_content_of(badge), asking, email=email)
    if as_json:
        checks = {check.subject: [check.outcome, check.finding] for check in found.checks}
        click.echo(json.dumps({"outcome": found.outcome, "checks": checks}))
    else:
        _say(found)
        for endorsement in found.endorsements:
            click.echo(f"\n{endorsement.issuer_domain or endorsement.issuer_id}:")
            _say(endorsement)
    context.exit(0 if found.is_valid else 1)


@badges.command()
@click.argument("issuer_id")
@click.argument("name")
def trust(issuer_id: str, name: str) -> None:
    """Put an issuer elsewhere on the list of those that are known, by its did:web or https id."""
    with unit_of_work() as db:
        trust_issuer(db, issuer_id=issuer_id, name=name)
    click.echo(f"{issuer_id} is known as {name}.")


@badges.command()
@click.argument("issuer_id")
def distrust(issuer_id: str) -> None:
    """Take an issuer from the list of those that are known."""
    with unit_of_work() as db:
        distrust_issuer(db, issuer_id=issuer_id)
    click.echo(f"{issuer_id} is no longer on the list.")


@badges.command()
def trusted() -> None:
    """List the issuers elsewhere that are known."""
    for known in trusted_issuers(current_db()):
        click.echo(f"{known.issuer_id}  {known.name}")


def _content_of(file: str) -> bytes:
    with click.open_file(file, "rb") as opened:
        return opened.read(LARGEST_UPLOAD_BYTES + 1)


def _say(found: Verification) -> None:
    for check in found.checks:
        click.echo(
            f"{in_words(check.subject)}: {in_words(check.outcome)}. {in_words(check.finding)}"
        )
