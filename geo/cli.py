"""Commands that load official files and make cities."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, astuple, fields
from datetime import datetime
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup
from slugify import slugify
from sqlalchemy.orm import Session

from app.db import unit_of_work
from app.errors import Refusal
from geo import loaders
from geo.loaders import Loaded, Progress
from geo.models import City, DeprivationIndex
from geo.progress import shown_progress
from geo.queries import areas_of, city_by_slug
from geo.service import add_city, add_region, compare_indices

geo = AppGroup("geo", help="Load official files about areas, and make cities of them.")

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_as_json = click.option("--json", "as_json", is_flag=True, help="Say what was done as JSON.")
_district = click.option(
    "--district", "districts", multiple=True, metavar="CODE", help="Only areas of this district."
)


def init_app(app: Flask) -> None:
    """Hang the commands on the application."""
    app.cli.add_command(geo)


@geo.command("load-areas")
@_file
@_district
@_as_json
def load_areas(file: Path, districts: tuple[str, ...], as_json: bool) -> None:
    """Load areas from FILE: boundaries of areas of 2021, or a lookup that names their wards."""
    wanted = {"only_districts": districts} if districts else {}
    _load(as_json, "Areas", loaders.load_areas, file, **wanted)


@geo.command("load-deprivation")
@_file
@click.option("--part", is_flag=True, help="FILE is meant to hold only a part of the nation.")
@_as_json
def load_deprivation(file: Path, part: bool, as_json: bool) -> None:
    """Load a nation's official index from FILE.

    File 7 of England, 2019 or 2025, with IDACI and each domain; WIMD 2019; SIMD 2020; NIMDM 2017.
    """
    _load(as_json, "Deprivation", loaders.load_deprivation, file, part=part)


@geo.command("load-index")
@_file
@click.option("--slug", required=True, help="What commands call it: custom-...")
@click.option("--name", required=True, help="What people call it in English.")
@click.option("--name-cy", help="What people call it in Welsh; the same when not given.")
@click.option("--source", default="", help="Who made it, and of what.")
@click.option("--note", default="", help="What a reader has to know of it.")
@click.option("--published", type=click.DateTime(["%Y-%m-%d"]), help="When, such as 2026-09-01.")
@_as_json
def load_index(
    file: Path,
    slug: str,
    name: str,
    name_cy: str | None,
    source: str,
    note: str,
    published: datetime | None,
    as_json: bool,
) -> None:
    """Load an index of your own from FILE, a CSV: code, and rank, score or decile."""
    about = DeprivationIndex(
        slug=slug,
        name=name,
        name_cy=name_cy or name,
        source=source or name,
        note=note,
        published_on=published.date() if published else None,
    )
    _run(as_json, lambda db, _progress: {name: loaders.load_index(db, file, about=about)})


@geo.command("compare-indices")
@click.argument("editions", nargs=-1, metavar="[INDEX]...")
@click.option("--city", "slug", required=True, help="Whose school years they are for.")
@click.option("--usual", is_flag=True, help="Go back to what is compared without a choice.")
def choose_indices(editions: tuple[str, ...], slug: str, usual: bool) -> None:
    """Choose up to three indices that a city's school year is compared by.

    Such as: iod2019 iod2025-idaci. They hold from the next release on.
    """
    if usual == bool(editions):
        raise click.UsageError("Name one to three indices, or say --usual.")
    with said_on_stderr(), unit_of_work() as db:
        compare_indices(db, city=_city_named(db, slug), editions=editions)
    click.echo(f"{slug}: {', '.join(editions) or 'the usual ones'}.")


@geo.command("load-population")
@_file
@_as_json
def load_population(file: Path, as_json: bool) -> None:
    """Load the 2021 census by age band, or the estimates of 2020 by year of age, from FILE."""
    _load(as_json, "Population", loaders.load_population, file)


@geo.command("load-postcodes")
@_file
@_as_json
def load_postcodes(file: Path, as_json: bool) -> None:
    """Load the live postcodes of England and Wales from FILE, a postcode directory of the ONS."""
    _load(as_json, "Postcodes", loaders.load_postcodes, file)


@geo.command("load-terms")
@_file
@click.option("--city", "slug", required=True, help="Whose terms they are.")
@_as_json
def load_terms(file: Path, slug: str, as_json: bool) -> None:
    """Load when the schools of a city are open, from FILE: name, starts_on, ends_on."""
    _run(as_json, lambda db, _progress: {"Terms": _terms_of(db, slug, file)})


def _terms_of(db: Session, slug: str, file: Path) -> Loaded:
    return loaders.load_terms(db, file, city=_city_named(db, slug))


def _city_named(db: Session, slug: str) -> City:
    city = city_by_slug(db, slug)
    if city is None:
        raise Refusal(f"There is no city {slug!r}. `flask geo add-city` makes one.")
    return city


@geo.command("load-england")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_as_json
def load_england(folder: Path, as_json: bool) -> None:
    """Load every official file that FOLDER holds: areas, deprivation, population, postcodes."""
    _run(as_json, lambda db, progress: loaders.load_england(db, folder, progress=progress))


@geo.command("add-city")
@click.argument("slug")
@click.option("--name", required=True, help="What people call it in English.")
@click.option("--name-cy", help="What people call it in Welsh; the same when not given.")
@click.option("--authority", required=True, help="The local authority, as people know it.")
@click.option(
    "--district", "districts", multiple=True, required=True, metavar="CODE", help="One or more."
)
@_as_json
def make_city(
    slug: str,
    name: str,
    name_cy: str | None,
    authority: str,
    districts: tuple[str, ...],
    as_json: bool,
) -> None:
    """Make the city SLUG of one or more local authority districts."""
    if slug != slugify(slug):
        raise click.BadParameter(f"write it as {slugify(slug)!r}", param_hint="SLUG")
    with said_on_stderr(), unit_of_work() as db:
        city = add_city(
            db,
            slug=slug,
            name=name,
            name_cy=name_cy or name,
            authority_name=authority,
            district_codes=districts,
        )
        said = {"slug": slug, "name": name, "areas": len(areas_of(db, city))}
    click.echo(json.dumps(said) if as_json else f"{name}: {said['areas']:,} areas.")


@geo.command("add-region")
@click.argument("slug")
@click.option("--name", required=True, help="What people call it in English.")
@click.option("--name-cy", help="What people call it in Welsh; the same when not given.")
@click.option("--city", "slugs", multiple=True, required=True, metavar="SLUG", help="Two or more.")
def make_region(slug: str, name: str, name_cy: str | None, slugs: tuple[str, ...]) -> None:
    """Put cities together into the region SLUG, such as a combined authority."""
    if slug != slugify(slug):
        raise click.BadParameter(f"write it as {slugify(slug)!r}", param_hint="SLUG")
    with said_on_stderr(), unit_of_work() as db:
        cities = [_city_named(db, each) for each in slugs]
        region = add_region(db, slug=slug, name=name, name_cy=name_cy or name, cities=cities)
        said = f"{name}: {', '.join(city.name for city in region.cities)}."
    click.echo(said)


@contextmanager
def said_on_stderr() -> Iterator[None]:
    """Turn a refusal into its reason on stderr and exit status 1."""
    try:
        yield
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal


def _load(as_json: bool, words: str, load: Callable[..., Loaded], file: Path, **options) -> None:
    _run(as_json, lambda db, progress: {words: load(db, file, progress=progress, **options)})


def _run(as_json: bool, load: Callable[[Session, Progress], dict[str, Loaded]]) -> None:
    with said_on_stderr(), shown_progress() as progress, unit_of_work() as db:
        done = load(db, progress)
        progress("Keeping it all", None)
    if as_json:
        click.echo(json.dumps({words: asdict(loaded) for words, loaded in done.items()}))
    else:
        click.echo("\n".join(_table(done)))


def _table(done: dict[str, Loaded]) -> Iterator[str]:
    width = max(map(len, done))
    yield " " * width + "".join(f"{field.name.replace('_', ' '):>12}" for field in fields(Loaded))
    for words, loaded in done.items():
        yield words.ljust(width) + "".join(f"{count:>12,}" for count in astuple(loaded))
    if all(loaded.changes_nothing for loaded in done.values()):
        yield "Nothing has changed."
