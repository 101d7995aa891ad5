"""A postcode that somebody types is looked up and forgotten: it is written nowhere."""

import json
import re
import zlib
from base64 import urlsafe_b64decode
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from tests.browser.conftest import PHONE, press, sign_in
from tests.browser.test_walk import _book, _post_activity

#: The official list holds every postcode, whether or not anybody has typed it.
_OFFICIAL = "postcode"
#: No such postcodes, and what an attacker or a cat might type around one.
_UNKNOWN = ["ZT99 9ZZ", "qx7 3jk", "QX73"]
_HOSTILE = [
    "QX7 4JK'; --",
    "<b>QX7 5JK</b>",
    "%51X7 6JK%00",
    "QX7 7JK\\",
    "QX7 8JK\u202e",
    "Q" * 80,
]


@dataclass
class Trace:
    """Everything that browsers asked for, and where they said that they came from."""

    said: list[str] = field(default_factory=list)

    def follow(self, page) -> None:
        page.on("request", self._note_request)
        page.on("response", self._note_response)
        page.on("framenavigated", lambda frame: self.said.append(f"page {frame.url}"))

    def look_into(self, page) -> None:
        """Note what the browser keeps: its cookies, opened, and what scripts have stored."""
        kept = "JSON.stringify([{...localStorage}, {...sessionStorage}, history.state])"
        self.said.append(f"storage {page.evaluate(kept)}")
        for cookie in page.context.cookies():
            self.said.append(
                f"cookie {cookie['name']}={cookie['value']} {_opened(cookie['value'])}"
            )

    def _note_request(self, request) -> None:
        self.said.append(f"request {request.url}")
        self.said.append(f"referrer {request.all_headers().get('referer', '')}")

    def _note_response(self, response) -> None:
        self.said.append(f"headers {json.dumps(response.headers)}")


def test_a_typed_postcode_is_in_no_address_log_referrer_cookie_or_row(visit, site):
    trace, (known, partial, homes, venue) = Trace(), _postcodes(site)
    typed = [*known, partial, *_UNKNOWN, *_HOSTILE]

    looking = visit(size=PHONE)
    trace.follow(looking)
    city = _city(site)
    for start in ("/", f"/c/{city}", "/cy/"):
        for words in typed:
            _search(looking, start, words)
    trace.look_into(looking)
    without_scripts = visit(size=PHONE, javascript=False)
    trace.follow(without_scripts)
    _search(without_scripts, "/", known[0])
    # The half of no postcode is a word like `U16`: it is looked for, and stands in the address.
    for words in [*known, partial, *(one for one in [*_UNKNOWN, *_HOSTILE] if " " in one)]:
        _type_into_words(without_scripts, words)

    joining = visit(size=PHONE)
    trace.follow(joining)
    _start_an_account(joining, wrong=[*_UNKNOWN, *_HOSTILE], home=homes, trace=trace)

    provider = visit("provider_admin")
    trace.follow(provider)
    title = _post_activity(provider, site, postcode=venue)
    trace.look_into(provider)

    learner = visit(size=PHONE)
    trace.follow(learner)
    _search(learner, "/", known[0])
    sign_in(learner, site, "learner")
    _search(learner, "/", known[1])
    _book(learner, title)
    learner.goto("/account")
    trace.look_into(learner)

    every = [*typed, homes, venue]
    log = site.log.read_text()
    for request in (
        "POST /near",
        "POST /filter",
        "POST /start/area",
        "POST /provide/activities/new",
    ):
        assert request in log, "the log is too quiet to prove anything"
    assert "FROM postcode" in log, "the log says no statement"
    assert any("/near" in said for said in trace.said if said.startswith("request"))
    assert any(site.url in said for said in trace.said if said.startswith("referrer"))
    assert _found(every, trace.said) == []
    assert _found(every, log.splitlines()) == []
    assert _rows_with(site, every) == []


@pytest.mark.parametrize(
    "line",
    [
        "GET /?where=ZT91+8QQ HTTP/1.1",
        "referrer http://host/?where=zt91%208qq",
        "parameters: ['ZT918QQ']",
        "cookie session=" + json.dumps({"where": "zt91  8qq"}),
    ],
)
def test_the_search_for_postcodes_sees_one_however_it_is_written(line):
    assert _found(["Zt91 8qq"], ["nothing here, not ZT91 8QR", line]) == [line]


def test_the_search_for_postcodes_sees_one_in_a_row(site):
    with _database(site) as db:
        db.execute(text("create table planted as select 'Near zt91 8qq, by the park' as note"))
        db.commit()
        try:
            assert _rows_with(site, ["ZT918QQ"]) == ["planted: ZT918QQ"]
        finally:
            db.execute(text("drop table planted"))
            db.commit()


def test_a_cookie_of_the_site_is_opened_before_it_is_searched(visit, site):
    page = visit()
    page.goto("/start")
    page.fill("#name", "Mali Cookie")
    press(page, "main form button.go")
    trace = Trace()
    trace.look_into(page)
    assert any("Mali Cookie" in said for said in trace.said)


def _search(page, start: str, words: str) -> None:
    """Type words into the search, and again into the answer when they were wrong."""
    page.goto(start)
    page.fill("#where", words)
    press(page, "#find button.go")
    if page.locator("#where-error").count():
        page.fill("#where", words.lower())
        press(page, "#find button.go")
    press(page, "a[href*='/a/'] >> nth=0")


def _type_into_words(page, words: str) -> None:
    """Type it into the box that is for other words."""
    page.goto("/")
    page.click(".filt summary")
    page.fill("#text", f"Pottery {words}")
    press(page, ".filters button.go")
    assert page.locator("#text").count()


def _start_an_account(page, *, wrong: Iterable[str], home: str, trace: Trace) -> None:
    page.goto("/start")
    page.fill("#name", "Mali")
    press(page, "main form button.go")
    page.check("input[value='16-17']")
    press(page, "main form button.go")
    for words in [*wrong, home]:
        page.fill("#where", words)
        press(page, "main form button.go")
        trace.look_into(page)
    assert re.search(r"\b\d{6}\b", page.inner_text("main")), "the account was made"


def _postcodes(site) -> tuple[list[str], str, str, str]:
    """Return known postcodes in several spellings, half of one, a learner's and a venue's.

    None stands in a row already, so that one which is found later was written by what we did.
    """
    with _database(site) as db:
        listed = db.scalars(text("select postcode from postcode order by md5(postcode)")).all()
    free = [each for each in listed[:60] if not _rows_with(site, [each])]
    first, second, third, half, home, venue = free[:6]
    known = [
        first.lower(),
        f"  {second[:-3]}   {second[-3:]} ",
        f"{third[:-3].lower()} {third[-3:]}",
    ]
    return known, half[:-2], f"{home[:-3]} {home[-3:].lower()}", f"{venue[:-3]} {venue[-3:]}"


def _city(site) -> str:
    with _database(site) as db:
        return db.scalars(text("select slug from city order by id")).first()


def _pattern(words: str) -> re.Pattern:
    """Match the words in any case, with anything that stands for a space between their letters."""
    return re.compile(_alone(words, r"\s*".join(map(re.escape, _squeezed(words)))), re.IGNORECASE)


def _alone(words: str, pattern: str) -> str:
    """Ask for the first half of a postcode as a word of its own: random keys hold four letters too."""
    is_whole = len(_squeezed(words)) > 4
    return pattern if is_whole else f"(?<![A-Za-z0-9]){pattern}(?![A-Za-z0-9])"


def _squeezed(words: str) -> str:
    return "".join(words.split())


def _found(typed: Iterable[str], lines: Iterable[str]) -> list[str]:
    """Return the lines that hold one of the words, in any case, spacing and encoding."""
    patterns = [_pattern(words) for words in typed]
    return [
        line
        for line in lines
        if any(pattern.search(form) for form in {line, unquote_plus(line)} for pattern in patterns)
    ]


def _rows_with(site, typed: Iterable[str]) -> list[str]:
    """Return "table: words" for each table, save the official list, that holds one of the words."""
    with _database(site) as db:
        tables = db.scalars(
            text(
                "select c.oid::regclass::text from pg_class c where c.relkind in ('r', 'm', 'p')"
                " and c.relnamespace::regnamespace::text !~ '^(pg_|information_schema|topology)'"
            )
        ).all()
        return [
            f"{table}: {words}"
            for table in tables
            if table not in (_OFFICIAL, "spatial_ref_sys")
            for words in typed
            if db.scalar(
                text(f"select exists (select from {table} t where t::text ~* :pattern)"),
                {"pattern": _for_postgres(words)},
            )
        ]


def _database(site) -> Connection:
    return create_engine(site.database_url, poolclass=NullPool).connect()


def _for_postgres(words: str) -> str:
    return _alone(words, r"\s*".join(re.sub(r"(\W)", r"\\\1", each) for each in _squeezed(words)))


def _opened(value: str) -> str:
    """Return what a signed cookie of Flask says, or nothing when it is not one."""
    try:
        packed = value.lstrip(".").split(".")[0]
        raw = urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        return (zlib.decompress(raw) if value.startswith(".") else raw).decode()
    except (ValueError, zlib.error):
        return ""
