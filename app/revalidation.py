"""Telling a reader cheaply that what they hold is still good.

An answer is called by its content. Which name an address had lately is remembered here, so that a
reader who asks for the same again within half a minute costs no question to the database. Nobody is
ever given old content: whoever holds nothing, or something else, is answered afresh.
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from flask import Response, request

#: Answers change with the clock and with every booking; for this long one may stand.
GOOD_FOR = timedelta(seconds=30)
_MOST = 1000

_lock = Lock()
#: The name of the last answer by its address, and when it was made, the oldest first.
_lately: OrderedDict[str, tuple[str, datetime]] = OrderedDict()


def answered(make: Callable[[], Response], *, kind: str, now: datetime) -> Response:
    """Return what `make` answers to this request, or "not modified" to whoever holds it already.

    :param kind: the form of the answer, where one address has several.
    """
    # Put together from what lies there: to write an address out costs more than to look it up.
    asked = request.environ
    address = "{} {SCRIPT_NAME} {PATH_INFO} {QUERY_STRING}".format(kind, **asked)
    return _still_good(address, now) or _remembered(make(), address, now)


def _still_good(address: str, now: datetime) -> Response | None:
    """Return "not modified" for whoever holds what this address answered a moment ago."""
    etag, made_at = _lately.get(address, ("", now))
    if not etag or not made_at <= now < made_at + GOOD_FOR:
        return None
    for held in request.if_none_match.as_set(include_weak=True):
        # On the way out, compression adds its own name behind a colon.
        if held.partition(":")[0] == etag:
            return _unchanged(held)
    return None


def _remembered(response: Response, address: str, now: datetime) -> Response:
    """Call an answer by its content, remember it, and shorten it for whoever holds it already."""
    response.add_etag()
    etag, _is_weak = response.get_etag()
    with _lock:
        _lately[address] = (etag or "", now)
        _lately.move_to_end(address)
        if len(_lately) > _MOST:
            _lately.popitem(last=False)
    if "HTTP_IF_NONE_MATCH" in request.environ:
        response.make_conditional(request)
    return response


def _unchanged(etag: str) -> Response:
    response = Response(status=304)
    response.set_etag(etag)
    return response
