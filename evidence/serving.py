"""Files of learners on their way to whoever may see them: in ranges, and unable to do anything there."""

from uuid import UUID

from flask import Response, current_app, request, url_for
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from app.config import Settings
from app.errors import NotFound
from app.web import CONTENT_SECURITY_POLICY
from evidence import store
from evidence.models import EvidencePiece, Kind, Size

#: Whatever a browser makes of a file, it may run nothing, ask nothing, and is of no site.
_HARMLESS = (
    "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
#: So long an address opens a file: as long as one looks at a page.
_A_WHILE_S = 15 * 60


def address_for_a_while(piece: EvidencePiece, size: str) -> str:
    """Return where a file can be fetched for a quarter of an hour by whoever is given the address.

    For pages: whoever may see the page sees the file, and who copies the address has little of it. It
    is of `MEDIA_URL`, where that is set: a name without anybody's session.
    """
    token = _signer().dumps([str(piece.uuid), Size(size).value])
    settings: Settings = current_app.extensions["settings"]
    return settings.media_url + url_for("evidence.show_for_a_while", token=token)


def named_in(token: str) -> tuple[UUID, Size]:
    """Return which file an address is of.

    :raises NotFound: it is none of ours, or has run out.
    """
    try:
        uuid, size = _signer().loads(token, max_age=_A_WHILE_S)
    except BadData:
        raise NotFound(_("We cannot find that file.")) from None
    return UUID(uuid), Size(size)


def send(piece: EvidencePiece, size: Size) -> Response:
    """Return the answer that carries a file, or the part of it that was asked for.

    The caller has decided that this person may see it.

    :raises NotFound: nothing is kept in this size.
    """
    kept = piece.rendition(size)
    if kept is None:
        raise NotFound(_("We cannot find that file."))
    start, end = _asked_for(kept.bytes)
    try:
        body = b"" if request.method == "HEAD" else store.read(piece, size, start, end)
    except FileNotFoundError:
        raise NotFound(_("We cannot find that file.")) from None
    answer = Response(body, status=200 if end - start == kept.bytes else 206)
    answer.headers.update(
        {
            "Content-Type": kept.content_type,
            "Content-Length": str(end - start),
            "Accept-Ranges": "bytes",
            "Content-Disposition": _disposition(piece),
            "Content-Security-Policy": _HARMLESS,
            "Cache-Control": "private, no-store",
            "X-Robots-Tag": "noindex",
        }
    )
    if answer.status_code == 206:
        answer.headers["Content-Range"] = f"bytes {start}-{end - 1}/{kept.bytes}"
    return answer


def with_media(answer: Response) -> Response:
    """Let a page show pictures, and play sound and film, from where files of learners are."""
    settings: Settings = current_app.extensions["settings"]
    where = f"'self' {settings.media_url}".strip()
    policy = CONTENT_SECURITY_POLICY.replace("img-src 'self'", f"img-src {where}")
    answer.headers["Content-Security-Policy"] = f"{policy}; media-src {where}"
    return answer


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="a learner's file")


def _asked_for(length: int) -> tuple[int, int]:
    """Return from which byte to before which.

    :raises RequestedRangeNotSatisfiable: there are no such bytes.
    """
    asked = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return 0, length
    found = asked.range_for_length(length)
    if found is None:
        raise RequestedRangeNotSatisfiable(length)
    return found


def _disposition(piece: EvidencePiece) -> str:
    # A document opens in the program that the reader has for it, and not on our site.
    return "attachment" if piece.kind is Kind.FILE else "inline"
