"""Commands for whoever runs the programme: `flask reach release`, `correct`, `report` and more."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from flask_babel import gettext as _

from app import clock
from app.db import current_db, unit_of_work
from app.errors import NotFound, Refusal
from app.terms import Period, UnknownPeriod, period_named
from badges.signing import signing_host
from cube import queries
from cube.budget import set_budget
from cube.disclosure import chance_of_telling
from cube.jobs import tell_of
from cube.models import ReachRelease
from cube.service import correct, release
from geo import queries as geo
from geo.drawing import TOLERANCE_M, draw
from geo.models import City
from reach import sentences
from reach.paper import as_pdf, sheet_of
from reach.reading import report_of

commands = AppGroup("reach", help="Whom the programme reaches: the released cube.")


def init_app(app: Flask) -> None:
    app.cli.add_command(commands)


class Term(click.ParamType):
    """A month, a term or a school year: `2026-06`, `2026-summer`, `2025-to-2026`."""

    name = "period"

    def convert(self, value, param, ctx) -> Period:
        try:
            return period_named(value)
        except UnknownPeriod as unknown:
            self.fail(str(unknown), param, ctx)


@commands.command("release")
@click.option("--city", "slug", required=True, help="The city, as addresses call it.")
@click.option(
    "--period", type=Term(), required=True, help="Such as 2026-06, 2026-summer, 2025-to-2026."
)
@click.option("--edition", default="iod2025", show_default=True, help="Index of deprivation.")
@click.option("--population", default="census2021", show_default=True, help="Base of the rates.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def release_term(slug: str, period: Period, edition: str, population: str, as_json: bool) -> None:
    """Publish a month, a term or a school year that has ended, once and for good."""
    with _refusals_in_words(as_json), unit_of_work() as db:
        published = release(
            db,
            city=_city_named(slug),
            period=period,
            today=clock.today(),
            edition=edition,
            population=population,
            **_secrets(),
        )
        tell_of(db, published)
        facts = _facts(slug, published)
    click.echo(json.dumps(facts) if as_json else _told(facts))


@commands.command("correct")
@click.option("--city", "slug", required=True, help="The city, as addresses call it.")
@click.option(
    "--period", type=Term(), required=True, help="A released period, such as 2026-summer."
)
@click.option("--reason", required=True, help="Why: everyone who reads the numbers reads it too.")
@click.option("--edition", help="Index of deprivation. Left out: the one before.")
@click.option("--population", help="Base of the rates. Left out: the one before.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def correct_period(
    slug: str,
    period: Period,
    reason: str,
    edition: str | None,
    population: str | None,
    as_json: bool,
) -> None:
    """Publish a period again, as it is known now. The version before stays, and so does its number."""
    with _refusals_in_words(as_json), unit_of_work() as db:
        published = correct(
            db,
            city=_city_named(slug),
            period=period,
            reason=reason,
            today=clock.today(),
            edition=edition,
            population=population,
            **_secrets(),
        )
        tell_of(db, published)
        facts = _facts(slug, published)
    click.echo(json.dumps(facts) if as_json else _told(facts))


@commands.command("set-budget")
@click.option("--city", "slug", required=True, help="The city, as addresses call it.")
@click.option("--rho", type=float, required=True, help="What a school year may spend, as rho.")
def set_year_budget(slug: str, rho: float) -> None:
    """Set how much of its learners' privacy a city spends in a school year, at most."""
    with _refusals_in_words(), unit_of_work() as db:
        set_budget(db, city=_city_named(slug), rho=rho, today=clock.today())
    told = round(100 * chance_of_telling(rho))
    click.echo(
        _(
            "Set. Someone who knew about everybody else, and followed one learner through a whole"
            " year, would be right about whether they came at most %(told)s times in 100.",
            told=told,
        )
    )


@commands.command("report")
@click.option("--city", "slug", required=True, help="The city, as addresses call it.")
@click.option("--period", type=Term(), help="A term, such as 2026-summer. Left out: the latest.")
@click.option("--to", "file", type=click.File("wb"), help="Write it as a PDF into this file.")
def report(slug: str, period: Period | None, file: IO[bytes] | None) -> None:
    """Say whom the city reached: the sentence and the table by decile, as the page shows them."""
    with _refusals_in_words():
        city = _city_named(slug)
        reach = report_of(city.id, period=period.code if period else None)
        if reach is None:
            raise NotFound(_("Nothing has been released yet."))
        if file is None:
            click.echo("\n".join(_report_lines(city.name, reach.term)))
        else:
            drawn = draw(geo.outlines_of(current_db(), city, tolerance_m=TOLERANCE_M, by="area"))
            sheet = sheet_of(reach, city_name=city.name, drawn=drawn)
            file.write(as_pdf(sheet, reach.term, language="en"))


def _secrets() -> dict[str, Any]:
    """Return what a release is signed with, and what opens answers, as far as this process has them."""
    settings = current_app.extensions["settings"]
    return {
        "host": signing_host() if settings.keys_secret else None,
        "equality_secret": settings.equality_secret,
    }


@contextmanager
def _refusals_in_words(as_json: bool = False) -> Iterator[None]:
    """Say a refusal on the error stream, and end with status 1."""
    try:
        yield
    except Refusal as refusal:
        click.echo(json.dumps({"error": str(refusal)}) if as_json else str(refusal), err=True)
        sys.exit(1)


def _city_named(slug: str) -> City:
    city = geo.city_by_slug(current_db(), slug)
    if city is None:
        raise NotFound(_("We do not know that city: %(city)s.", city=slug))
    return city


def _facts(slug: str, published: ReachRelease) -> dict:
    return {
        "city": slug,
        "period": published.period,
        "cells": len(published.cells),
        "version": published.version,
        "hidden": sum(cell.learners is None for cell in published.cells),
        "rho": published.rho,
        "signed": bool(published.signature),
    }


def _told(facts: dict) -> str:
    return _(
        "Released %(period)s: %(cells)s numbers, %(hidden)s of them too small to show.",
        period=facts["period"],
        cells=facts["cells"],
        hidden=facts["hidden"],
    )


def _report_lines(city_name: str, term: queries.Released) -> Iterator[str]:
    yield f"{city_name}: {term.name}"
    yield sentences.headline(term)
    yield ""
    columns = (_("Decile"), _("Young people"), _("Took part"), _("Per 1,000"))
    yield "{:<8}{:>14}{:>16}{:>16}".format(*columns)
    for cell in (*term.deciles, term.city):
        yield "{:<8}{:>14}{:>16}{:>16}".format(
            cell.label if cell.decile else _("All"),
            sentences.figure(cell.young_people),
            sentences.shown(cell),
            sentences.shown_rate(cell),
        )
