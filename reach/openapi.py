"""The description of what programs may ask of whom we reach, for the one that describes it all."""

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _
from marshmallow import Schema, fields, validate

from app.terms import PeriodKind
from opportunities.openapi import operation, parameter


class MadeSchema(Schema):
    """How the numbers of a release were made."""

    deprivation = fields.String(required=True)
    population = fields.String(required=True)
    areas = fields.String(required=True)
    rho = fields.Float(required=True)


class AboutReleaseSchema(Schema):
    """A period that was counted once when it had ended, in one version. It never changes."""

    id = fields.UUID(required=True)
    url = fields.Url(required=True)
    period = fields.String(required=True)
    kind = fields.Enum(PeriodKind, by_value=True, required=True)
    first_day = fields.Date(required=True)
    day_after = fields.Date(required=True)
    version = fields.Integer(required=True)
    reason = fields.String(required=True)
    released_at = fields.DateTime(required=True)
    made = fields.Nested(MadeSchema, required=True)
    is_signed = fields.Boolean(required=True)
    links = fields.Dict(keys=fields.String(), values=fields.Url(), required=True)


class ReleasesSchema(Schema):
    """Every version of every period of a city, the newest first."""

    licence = fields.Url(required=True)
    city = fields.String(required=True)
    releases = fields.List(fields.Nested(AboutReleaseSchema), required=True)


class CellSchema(Schema):
    """One published number. `learners` is null where it is hidden; officers see the decile too."""

    cell = fields.String(required=True)
    label = fields.String(required=True)
    learners = fields.Integer(required=True, allow_none=True)
    young_people = fields.Integer(required=True, allow_none=True)
    decile = fields.Integer(allow_none=True, validate=validate.Range(1, 10))


class ReachTableSchema(Schema):
    """The numbers of one kind, and how they were made safe."""

    variance = fields.Integer(required=True)
    smallest_shown = fields.Integer(required=True)
    most_cells = fields.Integer(required=True)
    cells = fields.List(fields.Nested(CellSchema), required=True)


class ReleaseSchema(AboutReleaseSchema):
    """A release with its numbers: by city, age and ward; all of it for officers of the city."""

    licence = fields.Url(required=True)
    city = fields.String(required=True)
    tables = fields.Dict(
        keys=fields.String(), values=fields.Nested(ReachTableSchema), required=True
    )


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the address of each call, and its description."""
    yield (
        "/api/v1/reach/cities/{slug}/releases",
        operation(
            "listReachReleases",
            _("Whom a city reaches: what was released"),
            ReleasesSchema,
            [parameter("slug")],
        ),
    )
    yield (
        "/api/v1/reach/releases/{id}",
        operation(
            "showReachRelease",
            _("Whom a city reaches: the numbers"),
            ReleaseSchema,
            [parameter("id")],
        ),
    )
    for name, summary, kind in (
        ("document", _("Whom a city reaches: what was signed"), "application/json"),
        ("signature", _("Whom a city reaches: the signature"), "application/jose"),
    ):
        yield f"/api/v1/reach/releases/{{id}}/{name}", _for_officers(name, summary, kind)


def _for_officers(name: str, summary: str, kind: str) -> dict[str, Any]:
    """Return the description of a call that only signed-in officers may make."""
    described = operation(f"showReach{name.title()}", summary, Schema, [parameter("id")])
    described["responses"] |= {
        "200": {"description": summary, "content": {kind: {"schema": {"type": "string"}}}},
        "303": {"description": _("Sign in first, as an officer of the city.")},
        "403": {"description": _("Only officers may have this.")},
    }
    del described["responses"]["304"]
    return described
