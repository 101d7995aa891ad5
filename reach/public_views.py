"""What anybody may read of whom we reach: a page for each city, its file, and a frame for other sites.

No decile is on any of them, nor anything that learners told of themselves.
"""

from flask import Blueprint, Response, render_template, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from accounts.access import public
from app.terms import PeriodKind
from app.web import for_everyone, kept_a_minute, let_be_framed, public_url
from cube.queries import Reach, Released, by_length, newest_of_each
from cube.tables import OLDEST, YOUNGEST
from geo.models import City
from reach import sentences
from reach.asked import (
    PUBLIC,
    cities_released,
    city_named,
    public_part,
    public_release_of,
    reach_of,
    releases_of,
)
from reach.file_views import csv_answer, metadata_answer, source_of
from reach.formats import csvw
from reach.formats.sheet import PUBLIC_COLUMNS, as_csv

bp = Blueprint("reach_public", __name__, template_folder="templates")
#: Apart, because what other sites frame has headers of its own.
embed = Blueprint("reach_embed", __name__, template_folder="templates")

#: What the public pages read: the sentence compares deciles, and says none.
_READ = (*PUBLIC, "decile")
_FRAME = (
    '<iframe src="{}" title="{}" width="400" height="640" loading="lazy" '
    'sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
)


@bp.get("/public/reach")
@public
def show_cities():
    """Show each city of which something was released."""
    return render_template("reach/public_cities.html", cities=cities_released())


@bp.get("/public/reach/<slug>")
@public
def show_city(slug: str):
    """Show whom a city reached in a period, by age and ward, and in the periods before."""
    city = city_named(slug)
    return render_template("reach/public_city.html", **_told_of(city), frame=_frame_of(city))


@bp.get("/public/reach/<slug>/table.csv")
@public
def table(slug: str):
    """Answer with the public cells of a release."""
    city = city_named(slug)
    release = public_release_of(city)
    described_by = url_for(".table_metadata", slug=slug, release=release.uuid)
    sheet = as_csv(release, PUBLIC_COLUMNS)
    answer = csv_answer(sheet, city=city, release=release, described_by=described_by)
    return for_everyone(kept_a_minute(answer))


@bp.get("/public/reach/<slug>/table.csv-metadata.json")
@public
def table_metadata(slug: str):
    """Say what each column of that file means, as CSV on the Web."""
    city = city_named(slug)
    release = public_release_of(city)
    url = public_url(url_for(".table", slug=slug, release=release.uuid))
    described = csvw.metadata(
        release, city=city, url=url, source=source_of(city), columns=PUBLIC_COLUMNS
    )
    return for_everyone(kept_a_minute(metadata_answer(described)))


@embed.get("/embed/reach/<slug>")
@public
def show_embed(slug: str):
    """Show a city's sentence and table inside another site's page, which may frame it."""
    page = Response(render_template("reach/embed.html", **_told_of(city_named(slug))))
    return for_everyone(kept_a_minute(let_be_framed(page)))


def _told_of(city: City) -> dict:
    """Return what the public pages of a city are made of."""
    reach = reach_of(city, _READ)
    return {
        "city": city,
        "term": public_part(reach.term) if reach else None,
        "periods": _periods_of(city),
        "so_far": _so_far(reach),
        "is_other_ground": reach is not None
        and not all(reach.term.is_comparable_to(term) for term in reach.terms_so_far),
        "headline": sentences.headline(reach.term) if reach else "",
        "trend": sentences.trend(reach.terms_so_far) if reach else "",
        "say": sentences,
        "YOUNGEST": YOUNGEST,
        "OLDEST": OLDEST,
    }


def _periods_of(city: City) -> list[tuple[PeriodKind, list[Released]]]:
    """Return what was released by how long it is, the longest first, each period once."""
    lengths = (PeriodKind.YEAR, PeriodKind.TERM, PeriodKind.MONTH)
    return by_length(newest_of_each(releases_of(city)), lengths)


def _so_far(reach: Reach | None) -> list[Released]:
    """Return the periods up to the one shown, the newest first."""
    return [public_part(term) for term in reversed(reach.terms_so_far)] if reach else []


def _frame_of(city: City) -> Markup:
    """Return the HTML by which another page shows the embed of a city."""
    address = public_url(url_for("reach_embed.show_embed", slug=city.slug))
    return Markup(_FRAME).format(address, _("Who we reach"))
