"""The parts of a database's address, for those who take them one by one."""

from urllib.parse import parse_qsl, urlsplit


def parts(url: str) -> dict[str, str]:
    """Return user, database, and what stands behind the question mark."""
    split = urlsplit(url)
    return {
        "user": split.username or "",
        "database": split.path.lstrip("/"),
        **dict(parse_qsl(split.query)),
    }
