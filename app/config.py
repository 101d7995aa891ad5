"""Settings, each typed and explained; a missing one stops the start and names itself."""

import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from click import ClickException

_ROOT = Path(__file__).parent.parent
_ANY_TILES = "https://tiles.example/{z}/{x}/{y}.png"
#: The host of a tile's address, and the rest, which says where the numbers of the tile go.
_TILES = re.compile(
    r"(https?://(?:\{s\}\.)?[\w.-]+(?::\d+)?)/(?=\S*\{z\})(?=\S*\{x\})(?=\S*\{y\})\S+"
)
#: Said where something is to be signed by a process that cannot.
KEYS_SECRET_NEEDED = (
    "Set KEYS_SECRET for the worker, and for commands that make keys: it opens the keys that badges "
    "are signed with. The site itself runs without it."
)
#: What locks something is at least so long.
SHORTEST_SECRET = 16
_SMTP = re.compile(r"smtps?://(?:[^\s@/:]+:[^\s@/]*@)?(?:[\w.-]+|\[[0-9a-fA-F:]+\])(?::\d{1,5})?/?")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NOTIFY_KEY = re.compile(rf"[\w.-]+-{_UUID.pattern}-{_UUID.pattern}")
_ORIGIN = re.compile(r"https?://[\w.-]+(?::\d+)?")
_STORE = re.compile(r"s3://[a-z0-9][a-z0-9.-]+(?:/[\w./-]*)?")
_SENDER = re.compile(r"(?:[^<>@\r\n\"]+ <[^<>@\s]+@[\w.-]+>|[^<>@\s]+@[\w.-]+)")


class MissingSetting(ClickException):
    """The application cannot start without this setting. On the command line, a sentence."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the environment says: each field is the variable of the same name in capitals."""

    database_url: str = field(
        metadata={"help": "PostgreSQL with PostGIS, as a SQLAlchemy address."}
    )
    secret_key: str = field(metadata={"help": "Signs cookies and forms. Long, random, secret."})
    concerns_secret: str = field(
        metadata={
            "help": "Locks the words of concerns, and receipts for them. Keep it outside the "
            "database, and for good: without it nobody reads them again. Empty: KEYS_SECRET."
        }
    )
    keys_secret: str = field(
        default="",
        metadata={
            "help": "Opens the issuers' signing keys. The worker needs it, and commands that make "
            "keys; leave it out of the environment of the site. Keep it outside the database."
        },
    )
    equality_secret: str = field(
        default="",
        metadata={
            "help": "Locks what learners tell of themselves to be counted. Long, random, outside the "
            "database; the site and the worker share it. Empty: they are not asked."
        },
    )
    public_url: str = field(
        default="http://127.0.0.1:8000",
        metadata={"help": "Where people reach the site. Badges carry it: choose it once."},
    )
    report_database_url: str = field(
        default="",
        metadata={
            "help": "A login that may read the released cube and nothing else. "
            "Empty: the main login, narrowed to the role tirnod_report."
        },
    )
    proxy_hops: int = field(
        default=0, metadata={"help": "How many reverse proxies of ours stand in front."}
    )
    embed_ancestors: str = field(
        default="*",
        metadata={
            "help": "Which sites may frame the embeds, as CSP writes it: https://school.example"
        },
    )

    basemap_url: str = field(
        default="",
        metadata={
            "help": "Map tiles under the areas, such as https://tiles.example/{z}/{x}/{y}.png: "
            "whoever looks at a map then asks that host. Empty: our own areas alone."
        },
    )
    basemap_attribution: str = field(
        default="", metadata={"help": "Whose map that is, as its licence asks to be said."}
    )

    smtp_url: str = field(
        default="",
        metadata={
            "help": "The server that takes our e-mail: smtp://user:password@host:587, or smtps://. "
            "Empty: no e-mail is sent, and what is to be told waits."
        },
    )
    mail_from: str = field(
        default="",
        metadata={"help": "Whom our e-mail comes from: Tirnod <post@tirnod.example>."},
    )

    notify_key: str = field(
        default="",
        metadata={"help": "The key of a service of GOV.UK Notify, to send e-mail by it instead."},
    )
    notify_template: str = field(
        default="",
        metadata={
            "help": "Its template for what we send: subject ((subject)), message ((body)). A UUID."
        },
    )
    notify_url: str = field(
        default="https://api.notifications.service.gov.uk",
        metadata={"help": "Where the API of GOV.UK Notify is."},
    )

    evidence_dir: str = field(
        default=str(_ROOT / ".local/evidence"),
        metadata={
            "help": "A folder for what learners bring: files on their way in, and, without "
            "EVIDENCE_STORE, those that are kept. The site and the worker share it; nothing serves it."
        },
    )
    evidence_store: str = field(
        default="",
        metadata={
            "help": "Where their files are kept instead: s3://bucket/folder, of any store that speaks "
            "S3. AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY say which."
        },
    )
    media_url: str = field(
        default="",
        metadata={
            "help": "Another name of this same site, such as https://files.tirnod.example, from which "
            "alone learners' files are shown then. Empty: from the site's own."
        },
    )
    evidence_quota_mb: int = field(
        default=500, metadata={"help": "How much one learner's files may take, in megabytes."}
    )

    @property
    def basemap_host(self) -> str:
        """Return the host of the map tiles, as a content security policy writes it."""
        found = _TILES.fullmatch(self.basemap_url)
        return found[1].replace("{s}", "*") if found else ""

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings that `environment` holds.

    :raises MissingSetting: one that has no default is absent; the message names it.
    """
    given: dict[str, Any] = {
        setting.name: _as_typed(setting, environment[setting.name.upper()])
        for setting in fields(Settings)
        if environment.get(setting.name.upper())
    }
    # Before the two were told apart, one locked both.
    given.setdefault("concerns_secret", given.get("keys_secret"))
    missing = [
        setting.name.upper()
        for setting in fields(Settings)
        if setting.default is MISSING and not given.get(setting.name)
    ]
    if missing:
        raise MissingSetting(
            f"Set {', '.join(missing)}. `script/demo` sets them for you; "
            "`flask check --settings` explains each."
        )
    if 0 < len(given.get("equality_secret", "")) < SHORTEST_SECRET:
        raise MissingSetting(f"EQUALITY_SECRET needs {SHORTEST_SECRET} characters or more.")
    if not _TILES.fullmatch(given.get("basemap_url", "") or _ANY_TILES):
        raise MissingSetting(f"BASEMAP_URL must read like {_ANY_TILES}")
    if not _ORIGIN.fullmatch(given.get("media_url", "") or "https://files.example"):
        raise MissingSetting("MEDIA_URL must read like https://files.tirnod.example")
    if not _STORE.fullmatch(given.get("evidence_store", "") or "s3://bucket"):
        raise MissingSetting("EVIDENCE_STORE must read like s3://bucket or s3://bucket/folder")
    _refuse_half_a_post_office(given.get("smtp_url", ""), given.get("mail_from", ""))
    _refuse_half_of_notify(given)
    return Settings(**given)


def _refuse_half_a_post_office(smtp_url: str, mail_from: str) -> None:
    if not smtp_url:
        return
    # What it says may hold a password, so it is not said again.
    if not _SMTP.fullmatch(smtp_url):
        raise MissingSetting("SMTP_URL must read like smtp://user:password@host:587 or smtps://...")
    if not _SENDER.fullmatch(mail_from):
        raise MissingSetting("MAIL_FROM must read like Tirnod <post@tirnod.example>")


def _refuse_half_of_notify(given: Mapping[str, Any]) -> None:
    key, template = given.get("notify_key", ""), given.get("notify_template", "")
    if not key and not template:
        return
    # What it says is a secret, so it is not said again.
    if not _NOTIFY_KEY.fullmatch(key):
        raise MissingSetting("NOTIFY_KEY must be a key of GOV.UK Notify: a name and two UUIDs.")
    if not _UUID.fullmatch(template):
        raise MissingSetting("NOTIFY_TEMPLATE must be the UUID of a template of GOV.UK Notify.")
    if given.get("smtp_url"):
        raise MissingSetting("Set SMTP_URL or NOTIFY_KEY: e-mail goes out one way.")


def _as_typed(setting: Field, value: str) -> str | int:
    if setting.type is not int:
        return value
    try:
        return int(value)
    except ValueError:
        raise MissingSetting(f"{setting.name.upper()} must be a whole number.") from None
