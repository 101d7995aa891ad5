"""Commands that draw a badge and check one."""

import json
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from app import clock
from app.db import unit_of_work
from badges.art import STRANDS, badge_svg, icon_names
from badges.resolver import check_upload
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
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Say what was found as JSON.")
@click.pass_context
def verify(context: click.Context, file: Path, as_json: bool) -> None:
    """Check the badge in FILE (JSON, PNG or SVG). Exit status 1 unless every check passed."""
    with unit_of_work() as db:
        found = check_upload(db, file.read_bytes(), host=issuing_host(), now=clock.now())
    if as_json:
        checks = {check.subject: [check.outcome, check.finding] for check in found.checks}
        click.echo(json.dumps({"outcome": found.outcome, "checks": checks}))
    else:
        for check in found.checks:
            click.echo(
                f"{in_words(check.subject)}: {in_words(check.outcome)}. {in_words(check.finding)}"
            )
    context.exit(0 if found.is_valid else 1)
