"""Addresses of pages elsewhere, as people copy them: told apart from what is none, and never opened."""

import re
from urllib.parse import SplitResult, urlsplit

#: Where people talk, and nobody reads along: no page to send a young person to.
_CHATS = (
    *("wa.me", "whatsapp.com", "t.me", "telegram.me", "telegram.org", "discord.gg", "discord.com"),
    *(
        "m.me",
        "messenger.com",
        "facebook.com",
        "fb.me",
        "fb.com",
        "ig.me",
        "instagram.com",
        "snapchat.com",
    ),
    *("tiktok.com", "signal.me", "signal.group", "x.com", "twitter.com", "threads.net", "kik.me"),
    *("viber.com", "line.me", "skype.com", "zoom.us"),
)

#: A name with a dot in it, whose end is no number. A browser reads `\` as the end of a host, and a
#: dot at the end as none.
_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?")


def https_page(typed: str) -> str:
    """Return an address as it is kept, or nothing where it is no https address of a page with a name."""
    parts = _parts(typed)
    host = _name_of(parts) if parts else ""
    if parts is None or parts.scheme != "https" or not host or parts.username:
        return ""
    # In letters that a browser takes for others it is kept as what a browser makes of it.
    is_plain = (parts.hostname or "").isascii()
    return (parts if is_plain else parts._replace(netloc=host)).geturl()


def leads_to_a_chat(address: str) -> bool:
    """Say whether an address is of a place where people are talked to, or names somebody there."""
    host = host_of(address).removeprefix("www.")
    return "@" in address or any(host == chat or host.endswith(f".{chat}") for chat in _CHATS)


def host_of(address: str) -> str:
    """Return whose page an address leads to, as people read it."""
    parts = _parts(address)
    return _name_of(parts) if parts else ""


def _parts(typed: str) -> SplitResult | None:
    try:
        parts = urlsplit(typed.strip())
        # Reading it is what refuses one that is no number.
        return parts if parts.port is None else None
    except ValueError:
        return None


def _name_of(parts: SplitResult) -> str:
    """Return the name of the host as a browser finds it, or nothing where it is no such name."""
    try:
        host = (parts.hostname or "").encode("idna").decode()
    except UnicodeError:
        return ""
    return host if _NAME.fullmatch(host) else ""
