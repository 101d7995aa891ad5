"""Talking with another host of badges as a program of its own, by the Open Badges 3.0 API.

Nothing here knows our database. All that a host says is a stranger's: it is read for the few facts
that are needed, held to rules, and never repeated; where it refuses, what it says of that is not
read at all.
"""

import json
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, NoReturn
from urllib.parse import urljoin, urlsplit

from authlib.common.urls import url_encode
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from flask_babel import gettext as _
from marshmallow import Schema, ValidationError

from app.errors import Refusal
from app.fetcher import Fetched, Fetcher, Forbidden, host_of
from badges import openbadges
from badges.resolver import FETCHER
from wallet.discovery import BASE, registration
from wallet.schemas import CredentialsAnswer, Described, Registered, TokenAnswer
from wallet.scopes import Scope

#: How another host is asked: as all that we ask about badges, but for a page of many badges.
HOST_FETCHER = replace(
    FETCHER,
    most_bytes=6 * 1024 * 1024,
    most_seconds=4.0,
    user_agent="Tirnod/1 (fetches badges for who has them)",
)
#: For all the pages of one learner's badges together.
MOST_SECONDS = 18.0
MOST_BADGES = 200
_MOST_PAGES = 40
_MOST_BYTES = 20 * 1024 * 1024
#: For what a host says of itself.
_LITTLE_BYTES = 256 * 1024
_PAGE = 20
_JSON = "application/json"
_PORTS = {"https": 443, "http": 80}
_FORM = "application/x-www-form-urlencoded"
#: One of the links of a `Link` header, and what is said of it.
_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:"[^"]*"|[^\s",;]+))*)')
_NEXT = re.compile(
    r';\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next(?=\s|;|$))', re.IGNORECASE
)


class NotUnderstood(Refusal):
    """A host whose answer is not as Open Badges 3.0 or OAuth has it."""


@dataclass(frozen=True)
class Where:
    """Where a host is asked for what, as its description has it."""

    described_at: str
    server: str
    authorization: str
    registration: str
    token: str
    revocation: str

    @property
    def host(self) -> str:
        """The host as people are shown it."""
        return shown_host(self.described_at)

    def digest(self, redirect_uri: str) -> str:
        """Return what stays the same as long as a registration with this host holds."""
        parts = (*vars(self).values(), redirect_uri)
        return sha256("\n".join(parts).encode()).hexdigest()


@dataclass(frozen=True)
class Access:
    """Who we are to a host, and where its doors are."""

    authorization: str
    token: str
    revocation: str
    client_id: str
    secret: str
    redirect_uri: str


@dataclass(frozen=True)
class Read:
    """What a host gave us of a learner's badges."""

    badges: list[bytes]
    #: Whether there may be more than this.
    is_cut: bool


def shown_host(address: str) -> str:
    """Return the host of an address as people are shown it: as the network knows it."""
    parts = urlsplit(address)
    usual = _PORTS.get(parts.scheme)
    return host_of(parts) + (f":{parts.port}" if parts.port not in (None, usual) else "")


def describe(typed: str, fetcher: Fetcher) -> Where:
    """Read where a host is asked for what.

    :param typed: its address, or that of its description, with or without `https://`.
    :raises Forbidden: it, or something of it, is no address that we ask.
    :raises Unreachable: it gave no description.
    :raises NotUnderstood: what it gave is none.
    """
    address = _description_of(typed)
    host = host_of(urlsplit(address))
    said = _loaded(Described(), _of_little(fetcher).fetch(address, _JSON))
    where = Where(address, **said)
    for each in (where.server, where.registration, where.token, where.revocation):
        if each:
            _require_of(host, each, fetcher)
    fetcher.check(where.authorization)
    return where


def register(where: Where, *, address: str, redirect_uri: str, fetcher: Fetcher) -> dict[str, Any]:
    """Have a host take us on as a program; return what it calls us, and our secret with it.

    :param address: ours.
    :raises Unreachable: it refused, or gave no answer.
    :raises NotUnderstood: it takes programs on in another way.
    """
    said = json.dumps(registration(address, redirect_uri)).encode()
    answer = _of_little(fetcher).send(where.registration, said, _JSON, accept=_JSON)
    return _loaded(Registered(), answer)


def way_there(access: Access, *, state: str, verifier: str) -> str:
    """Return the address at which a host asks a learner whether we may read their badges."""
    client = _client(access, None)
    return client.create_authorization_url(access.authorization, state, verifier)[0]


def read_badges(
    access: Access, server: str, *, code: str, verifier: str, fetcher: Fetcher
) -> tuple[Read, bool]:
    """Read the badges of a learner who said yes, and give back at once what let us in.

    :return: what was read, and whether the host took it back.
    :raises Refusal: nothing could be read.
    """
    patient = _Patient(fetcher, time.monotonic() + MOST_SECONDS)
    client = _client(access, patient)
    token = _token(client, access, code, verifier)
    try:
        read = _read(server, token["access_token"], patient)
    finally:
        # It may have been slow until here, and be asked this all the same.
        client.session = _Patient(fetcher, time.monotonic() + fetcher.most_seconds)
        is_given_back = _give_back(client, access, token)
    return read, is_given_back


class _Patient:
    """One conversation with a host, in the manner that Authlib asks for, with an end in time."""

    def __init__(self, fetcher: Fetcher, deadline: float) -> None:
        self._fetcher = fetcher
        self._deadline = deadline

    @property
    def fetcher(self) -> Fetcher:
        left = max(self._deadline - time.monotonic(), 0.01)
        return replace(self._fetcher, most_seconds=min(self._fetcher.most_seconds, left))

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._deadline

    def post(self, address: str, *, data: Any, headers: Any, auth: Any, **_more: Any) -> "_Answer":
        body = url_encode(list(data.items()))
        address, headers, body = auth.prepare("POST", address, dict(headers), body)
        return _Answer(
            self.fetcher.send(
                address,
                body.encode(),
                _FORM,
                accept=_JSON,
                authorization=headers["Authorization"],
            )
        )


class _Answer:
    """An answer in the manner that Authlib reads one. A refusal was raised long before."""

    status_code = 200

    def __init__(self, fetched: Fetched) -> None:
        self._fetched = fetched

    def json(self) -> dict[str, Any]:
        return _object(self._fetched.content)

    def raise_for_status(self) -> NoReturn:
        raise NotUnderstood(_not_understood())


def _of_little(fetcher: Fetcher) -> Fetcher:
    return replace(fetcher, most_bytes=_LITTLE_BYTES)


def _client(access: Access, session: _Patient | None) -> OAuth2Client:
    return OAuth2Client(
        session,
        client_id=access.client_id,
        client_secret=access.secret,
        token_endpoint_auth_method="client_secret_basic",
        redirect_uri=access.redirect_uri,
        scope=Scope.READ_BADGES.value,
        code_challenge_method="S256",
    )


def _token(client: OAuth2Client, access: Access, code: str, verifier: str) -> dict[str, Any]:
    try:
        answer = client.fetch_token(
            access.token, grant_type="authorization_code", code=code, code_verifier=verifier
        )
        return TokenAnswer().load(dict(answer))
    except (OAuth2Error, ValidationError, ValueError, TypeError, OverflowError):
        # From no cause: what stands in it is the host's own words, or a secret.
        raise NotUnderstood(_not_understood()) from None


def _give_back(client: OAuth2Client, access: Access, token: Mapping[str, Any]) -> bool:
    """Ask a host to end what it let us in by; say whether it says that it did."""
    if not access.revocation:
        return False
    with suppress(Refusal, ValueError):
        for kind in ("refresh_token", "access_token"):
            if token[kind]:
                client.revoke_token(access.revocation, token[kind], token_type_hint=kind)
        return True
    return False


def _read(server: str, token: str, patient: _Patient) -> Read:
    """Read page after page. What was read before something goes wrong is not lost."""
    badges: list[bytes] = []
    address, seen, size = f"{server}/credentials?limit={_PAGE}&offset=0", set(), 0
    while address:
        if address in seen or len(seen) >= _MOST_PAGES or patient.is_over:
            return Read(badges, is_cut=True)
        seen.add(address)
        try:
            page = patient.fetcher.fetch(address, _JSON, authorization=f"Bearer {token}")
            badges += _badges_on(page)
            address = _next_after(page, server)
        except Refusal:
            if not badges:
                raise
            return Read(badges[:MOST_BADGES], is_cut=True)
        size += len(page.content)
        if len(badges) > MOST_BADGES or size > _MOST_BYTES:
            return Read(badges[:MOST_BADGES], is_cut=True)
    return Read(badges, is_cut=False)


def _badges_on(page: Fetched) -> list[bytes]:
    """Return each badge of a page as a file; one that cannot be a file as no bytes."""
    said = _loaded(CredentialsAnswer(), page)
    return [_as_file(each) for each in (*(said["credential"] or []), *(said["compact"] or []))]


def _as_file(badge: Any) -> bytes:
    try:
        return badge.encode() if isinstance(badge, str) else openbadges.as_bytes(badge)
    except (ValueError, TypeError, RecursionError):
        return b""


def _next_after(page: Fetched, server: str) -> str:
    """Return where the next page is; "" after the last.

    :raises Forbidden: it is on another server than the badges are.
    """
    said = _LINK.findall(page.link)
    leads_to = next((address for address, about in said if _NEXT.search(about)), None)
    if leads_to is None:
        return ""
    try:
        address = urljoin(page.address, leads_to)
    except ValueError:
        raise Forbidden(_("That is no address of the web.")) from None
    if _origin(address) != _origin(server):
        raise Forbidden(_("That address leads on to another host. Give the address of that."))
    return address


def _description_of(typed: str) -> str:
    address = typed.strip()
    if "://" not in address:
        address = f"https://{address}"
    try:
        parts = urlsplit(address)
    except ValueError:
        raise Forbidden(_("That is no address of the web.")) from None
    path = parts.path.rstrip("/")
    if not path.endswith("/discovery"):
        path = f"{path.removesuffix(BASE)}{BASE}/discovery"
    return parts._replace(path=path, query="", fragment="").geturl()


def _require_of(host: str, address: str, fetcher: Fetcher) -> None:
    """Refuse what a host says is its own and is neither there nor at a name below its own.

    Whoever has a name has all names below it, and no other that we could know of.
    """
    fetcher.check(address)
    other = host_of(urlsplit(address))
    if other != host and not other.endswith(f".{host}"):
        raise Forbidden(_("That place wants us to send what is yours to another host. We do not."))


def _origin(address: str) -> tuple[str, str, int]:
    try:
        parts = urlsplit(address)
        return parts.scheme, host_of(parts), parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise Forbidden(_("That is no address of the web.")) from None


def _loaded(schema: Schema, fetched: Fetched) -> dict[str, Any]:
    try:
        return schema.load(_object(fetched.content))
    except ValidationError:
        raise NotUnderstood(_not_understood()) from None


def _object(content: bytes) -> dict[str, Any]:
    try:
        read = json.loads(content, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise NotUnderstood(_not_understood()) from None
    if not isinstance(read, dict):
        raise NotUnderstood(_not_understood())
    return read


def _no_number(_constant: str) -> NoReturn:
    raise ValueError("Not a number of JSON.")


def _not_understood() -> str:
    return _(
        "That place answers in a way that we do not understand. Does it offer Open Badges 3.0?"
    )
