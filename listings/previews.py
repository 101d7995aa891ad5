"""A listing as it will be, before there is one: rows that are shown and never kept."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from badges.models import Achievement
from geo.models import Area, Place
from geo.queries import point_of_postcode
from listings.service import strand_for
from opportunities.models import AttendanceMode, Opportunity, ScheduledSession
from providers.models import Provider


def as_it_will_be(
    db: Session,
    given: dict[str, Any],
    *,
    provider: Provider,
    place: Place | None,
    badge: Achievement | None,
    now: datetime,
) -> ScheduledSession:
    """Return the first session of what a sound form would post, with its opportunity.

    :param given: as `ListingForm` loads it.
    :param place: one that is remembered; without it, the one that the form describes.
    :param badge: one that there is; without it, the new one that the form describes, if any.
    """
    with db.no_autoflush:
        opportunity = Opportunity(
            slug="",
            provider=provider,
            place=place or _new_place(db, given),
            achievement=badge or _new_badge(given),
            mode=AttendanceMode.IN_PERSON,
            cost_pence=given["cost"],
            cost_help="",
            questions=[],
            is_instant=True,
            checked_at=now,
            **{
                name: given[name]
                for name in (
                    *("title", "description", "kind", "category"),
                    *("min_age", "max_age", "welcome"),
                )
            },
        )
        return ScheduledSession(
            opportunity=opportunity,
            starts_at=given["starts_at"],
            ends_at=given["ends_at"],
            maximum_capacity=given["places"],
            remaining_capacity=given["places"],
        )


def _new_place(db: Session, given: dict[str, Any]) -> Place:
    lon, lat, lsoa_code = point_of_postcode(db, given["place_postcode"]) or (0.0, 0.0, "")
    return Place(
        name=given["place_name"],
        address=given["place_address"],
        step_free=given["place_step_free"],
        access=[],
        point=f"SRID=4326;POINT({lon!r} {lat!r})",
        area=db.get(Area, lsoa_code),
    )


def _new_badge(given: dict[str, Any]) -> Achievement | None:
    if given["badge"] != "new":
        return None
    return Achievement(
        slug="preview",
        name=given["badge_name"],
        criteria=given["badge_criteria"],
        strand=strand_for(given["kind"], given["category"]),
        icon=given["badge_icon"],
        level=1,
        skills=[],
    )
