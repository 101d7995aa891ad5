"""Saying by a link from an e-mail, with one tap and no sign-in, that a listing is still right.

Only the button changes anything: mail systems open each address in an e-mail to look behind it.
"""

from flask import Blueprint, Response, make_response, render_template

from accounts.access import with_link
from app import clock
from app.db import current_db, unit_of_work
from listings import freshness
from listings.queries import next_session
from opportunities.freshness import is_paused
from opportunities.still_right import still_right_path

bp = Blueprint("still_right", __name__, template_folder="../templates")


@bp.errorhandler(freshness.LinkIsOver)
def over(refusal: freshness.LinkIsOver):
    page = render_template("listings/still_right_over.html", reason=str(refusal))
    return _kept_nowhere(page), refusal.status


@bp.get("/provide/still-right/<token>")
@with_link
def ask(token: str):
    """Show the listing in brief, with the button; thanks, where somebody has confirmed it since."""
    db, now = current_db(), clock.now()
    opportunity, _member, is_open = freshness.listing_for_answer(db, token, now=now)
    if not is_open:
        return _page("still_right_thanks", opportunity=opportunity)
    coming = next_session(db, opportunity, now)
    return _page("still_right", opportunity=opportunity, coming=coming)


@bp.post("/provide/still-right/<token>")
@with_link
def confirm(token: str):
    """Take the answer, and offer the next listing that waits for one."""
    now = clock.now()
    with unit_of_work() as db:
        opportunity = freshness.confirm_by_link(db, token, now=now)
    member = freshness.listing_for_answer(db, token, now=now)[1]
    following = freshness.next_to_confirm(db, opportunity, now)
    next_path = following and still_right_path(following, member, now=now)
    return _page("still_right_thanks", opportunity=opportunity, following=following, path=next_path)


def _page(name: str, **given) -> Response:
    paused = is_paused(given["opportunity"], clock.now())
    return _kept_nowhere(render_template(f"listings/{name}.html", is_paused=paused, **given))


def _kept_nowhere(page: str) -> Response:
    """Return a page whose address is the key: it must not travel on in a Referer or stay in a cache."""
    answer = make_response(page)
    answer.headers.update({"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"})
    return answer
