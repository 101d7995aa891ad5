"""Questions about where: areas, cities, distances, and what is officially known of an area."""

from geo.queries.areas import (
    area_at,
    area_named,
    areas_by_code,
    areas_of,
    centre_of,
    cities,
    city_by_slug,
    city_of_area,
    lies_in,
    region_by_slug,
    region_of,
    regions,
)
from geo.queries.facts import deciles, editions_of, young_people
from geo.queries.finding import find_area, point_of_postcode, split_postcode
from geo.queries.grid import (
    Circle,
    Spot,
    circle_around,
    on_grid,
    spots_of,
    spots_within,
    within_circle,
)
from geo.queries.indices import (
    MOST_COMPARED,
    index_named,
    indices_to_compare,
    nation_of,
)
from geo.queries.outlines import outlines_of
from geo.queries.places import is_within, lon_lat, metres_from, wards_beside
from geo.queries.school import SchoolCalendar, school_calendar
from geo.queries.wards import Ward, middles_of_cities, wards_of

__all__ = [
    "MOST_COMPARED",
    "Circle",
    "SchoolCalendar",
    "Spot",
    "Ward",
    "area_at",
    "area_named",
    "areas_by_code",
    "areas_of",
    "centre_of",
    "circle_around",
    "cities",
    "city_by_slug",
    "city_of_area",
    "deciles",
    "editions_of",
    "find_area",
    "index_named",
    "indices_to_compare",
    "is_within",
    "lies_in",
    "lon_lat",
    "metres_from",
    "middles_of_cities",
    "nation_of",
    "on_grid",
    "outlines_of",
    "point_of_postcode",
    "region_by_slug",
    "region_of",
    "regions",
    "school_calendar",
    "split_postcode",
    "spots_of",
    "spots_within",
    "wards_beside",
    "wards_of",
    "within_circle",
    "young_people",
]
