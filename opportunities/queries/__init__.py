"""Questions about what is on: what is offered, and the one search for it."""

from opportunities.queries.counts import Counts, counts
from opportunities.queries.offers import (
    bookable,
    coming_sessions,
    is_on_offer,
    opportunity_by_slug,
    opportunity_by_uuid,
    origin_of,
    session_by_uuid,
)
from opportunities.queries.request import Mark, Order, SearchRequest, UnknownPlace, read_mark
from opportunities.queries.search import Found, Hit, Page, find, load, search
from opportunities.queries.told import Told, tell, told_of
from opportunities.queries.words import Understood, understand

__all__ = [
    "Counts",
    "Found",
    "Hit",
    "Mark",
    "Order",
    "Page",
    "SearchRequest",
    "Told",
    "Understood",
    "UnknownPlace",
    "bookable",
    "coming_sessions",
    "counts",
    "find",
    "is_on_offer",
    "load",
    "opportunity_by_slug",
    "opportunity_by_uuid",
    "origin_of",
    "read_mark",
    "search",
    "session_by_uuid",
    "tell",
    "told_of",
    "understand",
]
