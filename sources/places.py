"""Places that lists speak of: found again where the organisation has used them, else made."""

from flask_babel import gettext as _
from geoalchemy2 import Geography
from sqlalchemy import cast, func, or_, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from geo.models import Place
from geo.queries import area_at, lon_lat, point_of_postcode
from geo.service import add_place
from opportunities.models import Opportunity
from sources.found import Where, WrongRow
from sources.models import Source, SourceItem

#: Nearer than this, a place of the same name is the same place.
_SAME_M = 100
_MOST_REMEMBERED = 5000


class Places:
    """The places of one organisation, for as long as one list is written."""

    def __init__(self, db: Session, provider_id: int):
        self.db, self.provider_id = db, provider_id
        self.found: dict[tuple, Place] = {}

    def find(self, where: Where) -> Place:
        """Return the place that a row means. Flushes where it has to be made.

        :raises WrongRow: nobody could say where that is, or it lies in no area that we know.
        """
        key = (where.name.casefold(), where.postcode, where.lon, where.lat)
        if key not in self.found:
            if len(self.found) >= _MOST_REMEMBERED:
                self.found.clear()
            self.found[key] = self._known(where) or self.make(where)
        return self.found[key]

    def make(self, where: Where) -> Place:
        """Make a place. Flushes.

        :raises WrongRow: as `find`.
        """
        lon, lat, lsoa_code = self._point(where)
        try:
            return add_place(
                self.db,
                name=where.name,
                address=where.address,
                step_free=bool(where.step_free),
                lon=lon,
                lat=lat,
                lsoa_code=lsoa_code,
            )
        except NotFound as refusal:
            raise WrongRow("location", str(refusal)) from refusal

    def change(self, place: Place, where: Where) -> bool:
        """Bring a place up to what a row says, and return whether that changed anything.

        :raises WrongRow: as `find`.
        """
        lon, lat, lsoa_code = self._point(where)
        said = {"name": where.name, "address": where.address}
        if where.step_free is not None:
            said["step_free"] = where.step_free
        differing = {name: value for name, value in said.items() if getattr(place, name) != value}
        if lon_lat(place) != (lon, lat):
            differing["point"] = f"SRID=4326;POINT({lon!r} {lat!r})"
            differing["lsoa_code"] = lsoa_code or self._area_at(lon, lat)
        for name, value in differing.items():
            setattr(place, name, value)
        return bool(differing)

    def _area_at(self, lon: float, lat: float) -> str:
        area = area_at(self.db, lon, lat)
        if area is None:
            raise WrongRow("location", _("That place is outside the areas that we know."))
        return area.lsoa_code

    def _known(self, where: Where) -> Place | None:
        own = select(Place).where(func.lower(Place.name) == where.name.lower(), self._is_own())
        if where.postcode or where.has_point:
            lon, lat, _code = self._point(where)
            here = cast(func.ST_SetSRID(func.ST_MakePoint(lon, lat), 4326), Geography)
            own = own.where(func.ST_DWithin(Place.point, here, _SAME_M))
        elif not where.name:
            return None
        return self.db.scalar(own.order_by(Place.id).limit(1))

    def _is_own(self):
        used = select(Opportunity.place_id).where(Opportunity.provider_id == self.provider_id)
        sources = select(Source.id).where(Source.provider_id == self.provider_id)
        brought = select(SourceItem.place_id).where(
            SourceItem.source_id.in_(sources), SourceItem.place_id.is_not(None)
        )
        return or_(Place.id.in_(used), Place.id.in_(brought))

    def _point(self, where: Where) -> tuple[float, float, str | None]:
        if where.lon is not None and where.lat is not None:
            return where.lon, where.lat, None
        postcode = where.postcode or where.usual_postcode
        if not postcode:
            raise WrongRow(
                "location",
                _("We do not know where “%(name)s” is: it has no postcode.", name=where.name),
            )
        found = point_of_postcode(self.db, postcode)
        if found is None:
            raise WrongRow("postcode", _("We do not know that postcode. Check it."))
        return found
