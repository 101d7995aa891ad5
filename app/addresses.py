"""Addresses of pages elsewhere, as people copy them: told apart from what is none, and never opened."""

from urllib.parse import SplitResult, urlsplit

#: Where people talk, and nobody reads along: no page to send a young person to.
_CHATS = (
    *("wa.me", "whatsapp.com", "t.me", "telegram.me", "telegram.org", "discord.gg", "discord.com"),
    *("m.me", "messenger.com", "facebook.com", "fb.me", "instagram.com", "snapchat.com"),
    *("tiktok.com", "signal.me", "signal.group", "x.com", "twitter.com", "threads.net", "kik.me"),
    *("viber.com", "line.me", "skype.com", "zoom.us"),
)


def https_page(typed: str) -> str:
    """Return an address as it is kept, or nothing where it is no https address of a page with a name."""
    parts = _parts(typed)
    if parts is None or parts.scheme != "https" or not _is_named(parts):
        return ""
    return parts.geturl()


def leads_to_a_chat(address: str) -> bool:
    """Say whether an address is of a place where people are talked to, or names somebody there."""
    host = host_of(address).removeprefix("www.")
    return "@" in address or any(host == chat or host.endswith(f".{chat}") for chat in _CHATS)


def host_of(address: str) -> str:
    """Return whose page an address leads to, as people read it."""
    parts = _parts(address)
    return (parts.hostname or "") if parts else ""


def _parts(typed: str) -> SplitResult | None:
    try:
        parts = urlsplit(typed.strip())
        # Reading it is what refuses one that is no number.
        return None if parts.port else parts
    except ValueError:
        return None


def _is_named(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    is_number = host.replace(".", "").isdigit() or ":" in host
    return "." in host and not is_number and not parts.username
