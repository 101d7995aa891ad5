"""Reading an address to its end: page after page, each kept by itself, so that it can go on later."""

import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask_babel import gettext as _

from app.db import unit_of_work
from app.errors import NotFound, Refusal
from app.fetcher import Fetcher, Forbidden, host_of
from sources import service
from sources.json_stream import objects, whole
from sources.models import MOST_BYTES, ImportRun, Source, SourceKind
from sources.openreferral import LISTS
from sources.reading import Progress, WrongList, kind_of
from sources.service import Tell

#: So many pages of a feed are read while somebody waits for the page.
PAGES_AT_ONCE = 10
_MOST_EMPTY = 10
#: How far it has come is said so often: a long feed has hundreds of pages.
_PAGES_A_LINE = 20
_MOST_SERVICES = 500
_ACCEPT = {
    SourceKind.ICAL: "text/calendar, */*;q=0.5",
    SourceKind.RPDE: "application/vnd.openactive.rpde+json, application/json;q=0.9",
    SourceKind.OPEN_REFERRAL: "application/json",
    SourceKind.SCHEMA_ORG: "application/ld+json, text/html;q=0.9",
}
_ANY = "text/calendar, application/json, text/csv, text/html;q=0.9, */*;q=0.5"


def first_page(fetcher: Fetcher, address: str, kind: SourceKind | None) -> tuple[SourceKind, bytes]:
    """Return what an address is, and what is to be tried and kept of it.

    :raises Refusal: it may not be asked, gave no answer, or none that we can read.
    """
    fetched = fetcher.fetch(address, _ACCEPT.get(kind, _ANY) if kind else _ANY)
    kind = kind or kind_of(io.BytesIO(fetched.content), fetched.address)
    if kind is SourceKind.OPEN_REFERRAL:
        return kind, _all_services(fetcher, address, fetched.content)
    return kind, fetched.content


def follow(
    fetcher: Fetcher,
    source_id: int,
    mapping: dict[str, Any],
    now: datetime,
    *,
    content: bytes | None = None,
    most_pages: int | None = None,
    progress: Progress | None = None,
    tell: Tell | None = None,
) -> int:
    """Take in a feed from where it was left, and return the id of the reading.

    Each page is kept in a unit of work of its own, with where the next one is: what is interrupted
    goes on from there.

    :param content: the page at that place, where it was fetched before.
    :param most_pages: leave the rest for another time.
    :raises Refusal: the first page could not be read. A later one only ends the reading.
    """
    run_id: int | None = None
    at = _start_of(source_id)
    seen, pages, empty = {at}, 0, 0
    while at and (most_pages is None or pages < most_pages):
        try:
            if content is None:
                _refuse_other_host(source_id, at)
                content = fetcher.fetch(at, _ACCEPT[SourceKind.RPDE]).content
            run_id, at, count = _keep_page(source_id, run_id, at, content, mapping, now, tell)
        except Refusal as refusal:
            if run_id is None:
                raise
            _remark(
                run_id,
                _(
                    "We stopped at page %(number)s: %(reason)s",
                    number=pages + 1,
                    reason=str(refusal),
                ),
            )
            break
        content, pages = None, pages + 1
        empty = empty + 1 if not count else 0
        if at in seen:
            _remark(run_id, _("The pages lead in a circle: we stopped there."))
            break
        if empty > _MOST_EMPTY:
            _remark(run_id, _("Too many empty pages follow one another: we stopped there."))
            break
        seen.add(at)
        if progress and pages % _PAGES_A_LINE == 1:
            progress(_("Page %(number)s", number=pages), None)
    if run_id is None:
        raise NotFound(_("There is nothing to read."))
    return run_id


def _start_of(source_id: int) -> str:
    with unit_of_work() as db:
        source = db.get_one(Source, source_id)
        return source.cursor or source.address


def _refuse_other_host(source_id: int, at: str) -> None:
    with unit_of_work() as db:
        own = host_of(urlsplit(db.get_one(Source, source_id).address))
    if host_of(urlsplit(at)) != own:
        raise Forbidden(_("The next page is on another host. Give the address of that."))


def _keep_page(
    source_id: int,
    run_id: int | None,
    at: str,
    content: bytes,
    mapping: dict[str, Any],
    now: datetime,
    tell: Tell | None,
) -> tuple[int, str, int]:
    """Keep one page, and return the reading, the next address, and how many rows there were."""
    with unit_of_work() as db:
        source = db.get_one(Source, source_id)
        run = db.get_one(ImportRun, run_id) if run_id else None
        before = run.rows if run else 0
        run = service.keep(
            db,
            source,
            io.BytesIO(content),
            mapping,
            now,
            run=run,
            at=at,
            tell=tell,
        )
        following, count = source.cursor, run.rows - before
        # Where a feed ends, the next reading asks for what came after.
        source.cursor = following or at
        return run.id, following, count


def _remark(run_id: int, words: str) -> None:
    with unit_of_work() as db:
        run = db.get_one(ImportRun, run_id)
        run.remarks = [*run.remarks, words]


def _all_services(fetcher: Fetcher, address: str, first: bytes) -> bytes:
    """Return every service of an Open Referral address as one list, each as fully as it is told."""

    services: list[Any] = []
    size = 0
    for page in _service_pages(fetcher, address, first):
        for entry in page:
            service_ = _fully(fetcher, address, entry)
            size += len(json.dumps(service_))
            if size > MOST_BYTES - 1000 or len(services) >= _MOST_SERVICES:
                raise WrongList(_("There are more services than we read from an address."))
            services.append(service_)
    return json.dumps({"contents": services, "total_items": len(services)}).encode()


def _service_pages(fetcher: Fetcher, address: str, first: bytes) -> Iterator[list[Any]]:
    number, content = 1, first
    while True:
        said: dict[str, Any] = {}
        entries = list(objects(io.BytesIO(content), LISTS, said))
        if number == 1 and not entries and "total_items" not in said:
            yield [whole(io.BytesIO(content), MOST_BYTES)]
            return
        yield entries
        if said.get("last_page") is not False or not entries or number >= 100:
            return
        number += 1
        content = fetcher.fetch(_with_page(address, number), "application/json").content


def _fully(fetcher: Fetcher, address: str, entry: Any) -> Any:
    """Return a service with its places and times: lists give only its name and words."""
    parts = urlsplit(address)
    if not isinstance(entry, dict) or "service_at_locations" in entry or not entry.get("id"):
        return entry
    path = parts.path.rstrip("/")
    key = str(entry["id"])
    if not path.endswith("/services") or not key.replace("-", "").isalnum():
        return entry
    one = urlunsplit(parts._replace(path=f"{path}/{key}", query=""))
    return whole(io.BytesIO(fetcher.fetch(one, "application/json").content), MOST_BYTES)


def _with_page(address: str, number: int) -> str:
    parts = urlsplit(address)
    query = [pair for pair in parse_qsl(parts.query) if pair[0] != "page"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("page", str(number))])))
