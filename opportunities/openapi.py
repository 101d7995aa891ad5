"""What programs may ask, written down as OpenAPI 3.1: from the schemas that read it and say it."""

from collections.abc import Iterator
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate

from app.described import described
from badges.models import Skill
from opportunities.models import AttendanceMode, Category, OpportunityKind, Welcome
from opportunities.schemas import BoxField, MarkField, ProgramQuery
from providers.models import ProviderKind

VERSION = "1.0.0"
#: Under which everything that programs are told may be used.
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


class ProviderSchema(Schema):
    """Who offers it."""

    name = fields.String(required=True)
    slug = fields.String(required=True)
    url = fields.Url(required=True)


class PlaceSchema(Schema):
    """Where it is: WGS 84 degrees."""

    name = fields.String(required=True)
    address = fields.String(required=True)
    lon = fields.Float(required=True)
    lat = fields.Float(required=True)
    step_free = fields.Boolean(required=True)


class BadgeSchema(Schema):
    """What coming there earns."""

    name = fields.String(required=True)
    url = fields.Url(required=True)


class SessionSchema(Schema):
    """One dated session. How many places are left is never said, only whether there are few."""

    id = fields.UUID(required=True)
    starts_at = fields.DateTime(required=True)
    ends_at = fields.DateTime(required=True)
    remaining = fields.String(required=True, validate=validate.OneOf(["none", "few", "yes"]))


class OpportunitySchema(Schema):
    """Something to do."""

    id = fields.UUID(required=True)
    title = fields.String(required=True)
    url = fields.Url(required=True)
    kind = fields.Enum(OpportunityKind, by_value=True, required=True)
    category = fields.Enum(Category, by_value=True, required=True)
    mode = fields.Enum(AttendanceMode, by_value=True, required=True)
    provider = fields.Nested(ProviderSchema, required=True)
    place = fields.Nested(PlaceSchema, required=True)
    min_age = fields.Integer(required=True)
    max_age = fields.Integer(required=True)
    suits_min_age = fields.Integer(required=True)
    suits_max_age = fields.Integer(required=True)
    cost_pence = fields.Integer(required=True)
    is_free = fields.Boolean(required=True)
    welcome = fields.List(fields.Enum(Welcome, by_value=True), required=True)
    skills = fields.List(fields.Enum(Skill, by_value=True), required=True)
    checked_at = fields.DateTime(required=True)
    badge = fields.Nested(BadgeSchema, required=True, allow_none=True)


class FoundSchema(OpportunitySchema):
    """Something that was found, by its next session that has a place left."""

    next_session = fields.Nested(SessionSchema, required=True)
    distance_m = fields.Integer(required=True, allow_none=True)


class OpportunitiesSchema(Schema):
    """A page of what was found."""

    licence = fields.Url(required=True)
    problems = fields.List(fields.String(), required=True)
    next = fields.Url()
    opportunities = fields.List(fields.Nested(FoundSchema), required=True)


class PointSchema(Schema):
    """A point of GeoJSON: WGS 84 degrees, longitude first."""

    type = fields.Constant("Point", required=True)
    coordinates = fields.List(fields.Float(), required=True, validate=validate.Length(equal=2))


class PropertiesSchema(Schema):
    """What a map says of something that was found. Its address on this site is `path`."""

    title = fields.String(required=True)
    path = fields.String(required=True)
    kind = fields.Enum(OpportunityKind, by_value=True, required=True)
    category = fields.Enum(Category, by_value=True, required=True)
    provider = fields.String(required=True)
    place = fields.String(required=True)
    min_age = fields.Integer(required=True)
    max_age = fields.Integer(required=True)
    cost_pence = fields.Integer(required=True)
    next_start = fields.DateTime(required=True)


class FeatureSchema(Schema):
    """Something that was found, where it is."""

    type = fields.Constant("Feature", required=True)
    id = fields.UUID(required=True)
    geometry = fields.Nested(PointSchema, required=True)
    properties = fields.Nested(PropertiesSchema, required=True)


class FeaturesSchema(Schema):
    """A page of what was found, as GeoJSON (RFC 7946)."""

    type = fields.Constant("FeatureCollection", required=True)
    licence = fields.Url(required=True)
    problems = fields.List(fields.String(), required=True)
    next = fields.Url()
    features = fields.List(fields.Nested(FeatureSchema), required=True)


class OneOpportunitySchema(OpportunitySchema):
    """Something to do, with every session to come."""

    licence = fields.Url(required=True)
    description = fields.String(required=True)
    sessions = fields.List(fields.Nested(SessionSchema), required=True)


class OneSessionSchema(SessionSchema):
    """A session, and what it is a session of."""

    licence = fields.Url(required=True)
    opportunity = fields.Nested(OpportunitySchema, required=True)


class OneProviderSchema(ProviderSchema):
    """An organisation that was checked."""

    licence = fields.Url(required=True)
    kind = fields.Enum(ProviderKind, by_value=True, required=True)
    description = fields.String(required=True)
    city = fields.String(required=True)
    verified_at = fields.DateTime(required=True)


class CitySchema(Schema):
    """A city, borough or region of learning."""

    slug = fields.String(required=True)
    url = fields.Url(required=True)
    name = fields.String(required=True)
    name_cy = fields.String(required=True)
    authority = fields.String(required=True)


class CitiesSchema(Schema):
    """Every city."""

    licence = fields.Url(required=True)
    cities = fields.List(fields.Nested(CitySchema), required=True)


class PartSchema(Schema):
    """A ward or a district, by its official code."""

    code = fields.String(required=True)
    name = fields.String(required=True)


class AreaSchema(Schema):
    """An official area, and what it is part of."""

    licence = fields.Url(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    ward = fields.Nested(PartSchema, required=True, allow_none=True)
    district = fields.Nested(PartSchema, required=True)
    city = fields.String(required=True, allow_none=True)


class ProblemSchema(Schema):
    """Why there is no answer."""

    error = fields.String(required=True)


def document(server: str) -> dict[str, Any]:
    """Return the description of the interface as it is served at `server`."""
    plugin = MarshmallowPlugin()
    spec = APISpec(
        title="Tirnod",
        version=VERSION,
        openapi_version="3.1.0",
        plugins=[plugin],
        info={
            "description": _("What is on for young people, for programs. No key is needed."),
            "license": {"name": "CC BY 4.0", "url": LICENCE},
        },
        servers=[{"url": server}],
    )
    if plugin.converter is None:
        raise RuntimeError("apispec has set up no converter")
    plugin.converter.map_to_openapi_type(BoxField, "string", None)
    plugin.converter.map_to_openapi_type(MarkField, "string", None)
    asked = plugin.converter.schema2parameters(ProgramQuery, location="query")
    for path, told in (*_operations(_described(asked)), *described()):
        spec.path(path, operations={"get": told})
    return spec.to_dict()


def _operations(asked: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield (
        "/api/v1/opportunities",
        operation(
            "listOpportunities",
            _("Search for things to do"),
            OpportunitiesSchema,
            [*asked, parameter("format", _("json or geojson."), at="query")],
            more={"application/geo+json": {"schema": FeaturesSchema}},
        ),
    )
    for path, name, summary, schema, named in (
        ("opportunities/{id}", "showOpportunity", _("One thing to do"), OneOpportunitySchema, "id"),
        ("sessions/{id}", "showSession", _("One session"), OneSessionSchema, "id"),
        ("providers/{slug}", "showProvider", _("One organisation"), OneProviderSchema, "slug"),
        ("cities", "listCities", _("Every city"), CitiesSchema, ""),
        ("areas/{code}", "showArea", _("One official area"), AreaSchema, "code"),
    ):
        parameters = [parameter(named)] if named else []
        yield f"/api/v1/{path}", operation(name, summary, schema, parameters)


def operation(
    name: str,
    summary: str,
    schema: type[Schema],
    parameters: list[dict[str, Any]],
    *,
    more: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the description of a call that answers what a schema says.

    :param more: other kinds of answer, by their media type.
    """
    content = {"application/json": {"schema": schema}} | (more or {})
    answers = {
        "200": {"description": (schema.__doc__ or "").strip(), "content": content},
        "304": {"description": _("Nothing has changed since your copy.")},
    }
    if any(one["in"] == "path" for one in parameters):
        problem = {"application/json": {"schema": ProblemSchema}}
        answers["404"] = {"description": _("There is no such thing."), "content": problem}
        if name in ("showOpportunity", "showSession"):
            answers["410"] = {"description": _("It is no longer on."), "content": problem}
    return {"operationId": name, "summary": summary, "parameters": parameters, "responses": answers}


def parameter(name: str, description: str = "", *, at: str = "path") -> dict[str, Any]:
    """Return the description of something that a call is told."""
    told = {"name": name, "in": at, "required": at == "path", "schema": {"type": "string"}}
    return told | ({"description": description} if description else {})


def _described(parameters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    words = _words()
    return [one | {"description": words[one["name"]]} for one in parameters]


def _words() -> dict[str, str]:
    """Return what each filter asks, in words; a filter without any stops the page."""
    return {
        "area": _("Official code of the area to measure from, like E01000001."),
        "within": _("How far from there, in miles."),
        "bbox": _("A part of the map: west, south, east, north."),
        "text": _("Words to look for. Or, a phrase in quotation marks, and -not are understood."),
        "kind": _("What kind it is. Give it again for one more."),
        "category": _("What it is about. Give it again for one more."),
        "skill": _("A skill to practise. Give it again for one more."),
        "welcome": _("A sign of welcome it must give. Give it again for one more."),
        "badge": _("Short name of the badge to earn."),
        "provider": _("Short name of who offers it."),
        "age": _("How old the young person is."),
        "suited": _("1: only what is meant for that age."),
        "day": _("Day of the week, 1 is Monday. Give it again for one more."),
        "evening": _("1: only from five o'clock."),
        "holidays": _("1: only in school holidays."),
        "from": _("First day, like 2026-11-28."),
        "to": _("Last day, like 2026-11-28."),
        "free": _("1: only what costs nothing."),
        "step_free": _("1: only where there are no steps."),
        "online": _("1: only what one can join from home."),
        "sort": _("The order they come in."),
        "cursor": _("Where a page begins. The address in next has it."),
        "lon": _("A point to measure from, in degrees. It is kept to a hundred metres."),
        "lat": _("A point to measure from, in degrees. It is kept to a hundred metres."),
        "radius_m": _("How far from there, in metres."),
        "limit": _("How many at once."),
    }
