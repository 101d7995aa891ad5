"""OpenActive feeds (RPDE 1.0): pages of items in the order of their change.

A series (`SessionSeries`) and its sessions (`ScheduledSession`) may come in feeds of their own:
the sessions then find the series that was read before them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

from flask_babel import gettext as _

from sources.events import activity, id_of, is_called_off, sitting, type_of
from sources.found import Dated, Gone, Refused, Row, WrongRow
from sources.json_stream import objects
from sources.plain import web_address
from sources.reading import Progress, WrongList

_FACILITIES = ("FacilityUse", "IndividualFacilityUse", "Slot")
_SERIES = ("SessionSeries", "HeadlineEvent", "EventSeries")
_LONGEST_ID = 200


@dataclass
class Page:
    """One page of a feed. What stands beside its items is known once they were all read."""

    said: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    count: int = 0
    has_items: bool = False

    @property
    def licence(self) -> str:
        return web_address(self.said.get("license"))

    def next_address(self, of: str) -> str:
        """Return the address of the page after this one, given the address `of` this one.

        Empty where this is the last: it has no items, and points to itself. Says what is wrong.
        """
        given = self.said.get("next")
        if not isinstance(given, str) or not given.strip():
            self.remarks.append(_("The page does not say which page comes next."))
            return ""
        if not urlsplit(given).scheme:
            self.remarks.append(_("The address of the next page is not absolute."))
        following = urljoin(of, given.strip())
        if following != of and not self.count:
            self.remarks.append(_("An empty page points on to another one: we went on."))
        if following == of and self.count:
            self.remarks.append(_("A page with items points to itself: we stopped there."))
        return "" if following == of else following


def read_page(
    content: IO[bytes], page: Page, now: datetime, progress: Progress | None = None
) -> Iterator[Row]:
    """Yield one row for each item of a page, and tell `page` what else it says.

    :raises WrongList: it is no page of a feed.
    """
    previous: tuple[Any, str] | None = None
    is_in_order = True
    for item in objects(content, ("items",), page.said, progress):
        page.count += 1
        if not isinstance(item, dict):
            yield Refused(number=page.count, reason=_("This entry of the list is no object."))
            continue
        current = (item.get("modified"), str(item.get("id", "")))
        if is_in_order and previous is not None and not _comes_after(previous, current):
            is_in_order = False
            page.remarks.append(
                _(
                    "Items are not in the order of their change, from item %(number)s on.",
                    number=page.count,
                )
            )
        previous = current
        yield _row(page.count, item, now)
    if not page.count and "next" not in page.said:
        raise WrongList(_("This is no page of an OpenActive feed: it has no items."))
    if not page.licence:
        page.remarks.append(_("The feed does not say under which licence it may be used."))


def _comes_after(previous: tuple[Any, str], current: tuple[Any, str]) -> bool:
    try:
        if current[0] != previous[0]:
            return float(current[0]) > float(previous[0])
    except (TypeError, ValueError):
        return False
    if current[1].isdecimal() and previous[1].isdecimal():
        return int(current[1][:30]) > int(previous[1][:30]) or current[1] > previous[1]
    return current[1] > previous[1]


def _row(number: int, item: dict[str, Any], now: datetime) -> Row:
    key = " ".join(str(item.get("id", "")).split())[:_LONGEST_ID]
    kind = " ".join(str(item.get("kind", "")).split())[:80]
    external_id = f"{kind} {key}" if key else ""
    data = item.get("data")
    title = _title(data)
    try:
        if not key:
            raise WrongRow("id", _("It has no id, so we could not find it again."))
        state = item.get("state")
        if state == "deleted":
            return Gone(number=number, external_id=external_id)
        if state != "updated":
            raise WrongRow("state", _("Its state is neither “updated” nor “deleted”."))
        if not isinstance(data, dict):
            raise WrongRow("data", _("It has no data."))
        return _of_data(number, external_id, data, now)
    except WrongRow as wrong:
        return Refused(
            number=number,
            external_id=external_id,
            title=title,
            field=wrong.field,
            reason=str(wrong),
        )


def _of_data(number: int, external_id: str, data: dict[str, Any], now: datetime) -> Row:
    kind = type_of(data)
    if kind in _FACILITIES:
        raise WrongRow("@type", _("It is something to hire, not something to take part in."))
    if kind == "Place":
        raise WrongRow("@type", _("It is a place, not something to take part in."))
    if kind == "OnDemandEvent":
        raise WrongRow("@type", _("It is to be watched at any time, and has no date to book."))
    if is_called_off(data):
        return Gone(
            number=number,
            external_id=external_id,
            title=_title(data),
            reason=_("It is cancelled or postponed."),
        )
    above = data.get("superEvent")
    if kind == "ScheduledSession" and isinstance(above, str):
        return Dated(
            number=number,
            external_id=external_id,
            series_id=" ".join(above.split())[:300],
            sitting=sitting(data, now),
        )
    found = activity(
        data,
        number=number,
        external_id=external_id,
        now=now,
        dates_come_apart=kind in _SERIES and not data.get("subEvent"),
    )
    if kind == "ScheduledSession" and isinstance(above, dict) and id_of(above):
        return replace(found, series_id=id_of(above))
    return found


def _title(data: Any) -> str:
    name = data.get("name") if isinstance(data, dict) else None
    return " ".join(name[:200].split())[:80] if isinstance(name, str) else ""
