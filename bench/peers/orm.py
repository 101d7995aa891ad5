"""Our own stack as one first writes it: entities of the ORM, a schema of marshmallow, jsonify."""

import os
from datetime import UTC, datetime, timedelta

from flask import Flask, jsonify, request
from geoalchemy2.functions import ST_DWithin, ST_Intersects, ST_MakeEnvelope
from geoalchemy2.shape import to_shape
from geoalchemy2.types import Geography
from marshmallow import Schema, fields
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session, contains_eager

from geo.models import Place
from opportunities.models import Opportunity, OpportunityStatus, ScheduledSession
from providers.models import Provider, ProviderStatus

app = Flask(__name__)
_engine = create_engine(
    os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"), pool_size=4
)


class _Properties(Schema):
    title = fields.String()
    kind = fields.Function(lambda offer: offer.kind.value)
    category = fields.Function(lambda offer: offer.category.value)
    min_age = fields.Integer()
    max_age = fields.Integer()
    cost_pence = fields.Integer()
    place_name = fields.String(attribute="place.name")
    provider_name = fields.String(attribute="provider.name")
    next_start = fields.DateTime()


class _Feature(Schema):
    type = fields.Constant("Feature")
    id = fields.Integer()
    geometry = fields.Method("point")
    properties = fields.Nested(_Properties, attribute="itself")

    def point(self, offer) -> dict:
        where = to_shape(offer.place.point)
        return {"type": "Point", "coordinates": [where.x, where.y]}


_features = _Feature(many=True)


@app.get("/")
def show_alive():
    return ""


@app.get("/box")
def show_box():
    envelope = ST_MakeEnvelope(*map(float, request.args["bbox"].split(",")), 4326)
    within = ST_Intersects(Place.point, func.geography(envelope, type_=Geography))
    return _answer(_open(datetime.now(UTC)).where(within).order_by("next_start").limit(500))


@app.get("/nearby")
def show_nearby():
    here = func.geography(
        func.ST_SetSRID(func.ST_MakePoint(_number("lon"), _number("lat")), 4326), type_=Geography
    )
    age = int(request.args["age"])
    start, end = (datetime.fromisoformat(request.args[name]) for name in ("start", "end"))
    found = (
        _open(start, end)
        .where(
            ST_DWithin(Place.point, here, _number("radius_m")),
            Opportunity.cost_pence == 0,
            Opportunity.min_age <= age,
            Opportunity.max_age >= age,
        )
        .order_by(Place.point.distance_centroid(here))
        .limit(50)
    )
    return _answer(found)


def _open(start: datetime, end: datetime | None = None):
    next_start = (
        select(func.min(ScheduledSession.starts_at))
        .where(
            ScheduledSession.opportunity_id == Opportunity.id,
            ScheduledSession.remaining_capacity > 0,
            ScheduledSession.starts_at >= start,
            ScheduledSession.starts_at < (end or start + timedelta(days=3650)),
        )
        .scalar_subquery()
    )
    return (
        select(Opportunity, next_start.label("next_start"))
        .join(Opportunity.place)
        .join(Opportunity.provider)
        .options(contains_eager(Opportunity.place), contains_eager(Opportunity.provider))
        .where(
            Opportunity.status == OpportunityStatus.PUBLISHED,
            Provider.status == ProviderStatus.VERIFIED,
            next_start.is_not(None),
        )
    )


def _number(name: str) -> float:
    return float(request.args[name])


def _answer(found):
    with Session(_engine) as db:
        offers = []
        for offer, next_start in db.execute(found):
            offer.next_start, offer.itself = next_start, offer
            offers.append(offer)
        return jsonify({"type": "FeatureCollection", "features": _features.dump(offers)})
