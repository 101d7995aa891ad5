"""Another host of badges, as good or as bad as a test wants it, and nothing of ours in it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from app.fetcher import Declined, Fetched, Fetcher, Unreachable
from tests.badges import samples

HOST = "https://badges.example"
DISCOVERY = f"{HOST}/ims/ob/v3p0/discovery"
SERVER = f"{HOST}/ims/ob/v3p0"
REGISTER, TOKEN, REVOKE = f"{HOST}/register", f"{HOST}/token", f"{HOST}/revoke"
AUTHORIZE = "https://sign-in.elsewhere.example/authorize?tenant=7"
SECRET, CODE, ACCESS = "the-secret-of-the-host", "the-code", "the-access-token"
FIRST = f"{SERVER}/credentials?limit=20&offset=0"


@dataclass
class Asked:
    method: str
    address: str
    content: str
    authorization: str

    @property
    def form(self):
        return {name: values[0] for name, values in parse_qs(self.content).items()}


@dataclass
class Other:
    """What the host answers: by address, JSON, bytes, a refusal to raise, or a pair with its links."""

    asked: list[Asked] = field(default_factory=list)
    answers: dict = field(default_factory=dict)
    #: Told of each question before it is answered.
    notice: Callable[[], None] = lambda: None

    def __post_init__(self):
        self.answers = {
            DISCOVERY: description(),
            REGISTER: {"client_id": "us", "client_secret": SECRET, "client_secret_expires_at": 0},
            TOKEN: {"access_token": ACCESS, "token_type": "Bearer", "expires_in": 3600},
            FIRST: {"credential": [samples.signed()], "compactJwsString": []},
            REVOKE: {},
        }

    def answer(self, method, address, content, authorization):
        self.notice()
        self.asked.append(Asked(method, address, content.decode(), authorization))
        given = self.answers.get(address, Declined("No.", 404))
        if isinstance(given, Exception):
            raise given
        said, link = given if isinstance(given, tuple) else (given, "")
        said = said if isinstance(said, bytes) else json.dumps(said).encode()
        return Fetched(address, said, "application/json", link)

    def addresses(self):
        return [each.address for each in self.asked]


@dataclass(frozen=True, kw_only=True)
class ToOther(Fetcher):
    """Asks the host, by the rules of what may be asked at all."""

    other: Other
    schemes: frozenset[str] = frozenset({"https"})
    ports: frozenset[int] = frozenset({443})

    def fetch(self, address, accept="*/*", *, authorization=""):
        self.check(address)
        return self._few(self.other.answer("GET", address, b"", authorization))

    def send(self, address, content, media_type, *, accept="*/*", authorization=""):
        self.check(address)
        return self._few(self.other.answer("POST", address, content, authorization))

    def _few(self, fetched):
        if len(fetched.content) > self.most_bytes:
            raise Unreachable("Too large.")
        return fetched


def of_names(host, _port):
    return ["10.0.0.1"] if host.startswith("inside.") else ["93.184.215.14"]


def description(server=SERVER, **changed):
    scheme = {
        "type": "oauth2",
        "x-imssf-registrationUrl": changed.pop("registration", REGISTER),
        "x-imssf-revocationUrl": changed.pop("revocation", REVOKE),
        "flows": {
            "authorizationCode": {
                "authorizationUrl": AUTHORIZE,
                "tokenUrl": TOKEN,
                "scopes": {},
            }
            | changed
        },
    }
    return {
        "openapi": "3.0.1",
        "info": {"title": "Call me on 07700 900123"},
        "servers": [{"url": server}],
        "components": {"securitySchemes": {"OAuth2ACG": scheme}},
    }


def query(address):
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
