"""Raising a concern in three steps, and looking back at one by the code of its receipt.

All of it works signed out and without scripts. What was typed travels from step to step in the
form itself: nothing of it is in an address, in a cookie, or on the server before it is sent.
"""

from typing import Any

from flask import Blueprint, current_app, make_response, render_template, request
from flask_babel import gettext as _

from accounts.access import public
from accounts.attempts import count_receipt, count_report
from accounts.passes import grouped
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound
from app.forms import Form, load_form
from concerns import queries, service
from concerns.models import ConcernKind, Urgency
from concerns.schemas import (
    ABOUT_LENGTH,
    CONTACT_LENGTH,
    HappenedForm,
    ReceiptForm,
    WhatForm,
    WhoForm,
)
from concerns.service import WORDS_LENGTH, Receipt, Words
from geo.models import City
from geo.queries.areas import cities, city_by_slug
from opportunities.models import Opportunity
from opportunities.report_schemas import ReportForm

bp = Blueprint("concerns", __name__, template_folder="../templates")

_STEPS = (WhatForm, HappenedForm, WhoForm)


@bp.route("/concern", methods=["GET", "POST"])
@public
def raise_concern():
    """Ask what worries someone, step by step, and give a receipt at the end."""
    if request.method == "GET":
        return _step(1, Form(), listing=_listing(request.args.get("about", "")))
    step = _number_of(request.form.get("step", ""))
    listing = _listing(request.form.get("listing", ""))
    if request.form.get("go") == "back":
        return _step(max(step - 1, 1), _as_typed(), listing=listing)
    for number, form in _read_until(step):
        if not form.is_sound or _needs_city(form, number, listing):
            return _step(number, form, listing=listing), 422
    if step < len(_STEPS):
        return _step(step + 1, _as_typed(), listing=listing)
    return _receipt(_kept(listing))


@bp.post("/a/<slug>/concern")
@public
def take_from_listing(slug: str):
    """Keep a worry about safety that someone wrote where they say that a page is wrong.

    That form hands over what it was sent. Nobody is asked a second time: it is kept as it is, and
    can be added to by its receipt.
    """
    listing = _listing(slug)
    form = load_form(ReportForm())
    if listing is None or not form.is_sound:
        raise NotFound(_not_here())
    with unit_of_work() as db:
        count_report(db, now=clock.now())
        receipt = service.raise_concern(
            db,
            city=listing.provider.city,
            kind=ConcernKind.ACTIVITY,
            urgency=Urgency.TODAY,
            words=Words(happened=form.data["words"], about=_name_of(listing)),
            provider=listing.provider,
            secret=_secret(),
            now=clock.now(),
        )
    return _receipt(receipt)


@bp.route("/concern/receipt", methods=["GET", "POST"])
@public
def look_back():
    """Say how a concern stands to whoever holds its receipt, and take what they add."""
    form = load_form(ReceiptForm()) if request.method == "POST" else Form()
    if not form.is_sound:
        return _private(_receipt_form(form), 422 if form.errors else 200)
    now = clock.now()
    with unit_of_work() as db:
        count_receipt(db, now=now)
    act = service.add_words if form.data["words"] else None
    try:
        with unit_of_work() as db:
            if act:
                concern = act(db, secret=_secret(), now=now, **form.data)
            else:
                concern = service.look_back(db, code=form.data["code"], secret=_secret(), now=now)
    except (NotFound, Conflict) as refusal:
        form.refuse("words" if isinstance(refusal, Conflict) else "code", str(refusal))
        return _private(_receipt_form(form), 422)
    page = render_template(
        "concerns/look_back.html",
        concern=concern,
        code=form.data["code"],
        has_added=act is not None,
        words_length=WORDS_LENGTH,
    )
    return _private(page)


def _kept(listing: Opportunity | None) -> Receipt:
    what, happened, who = (load_form(schema()).data for schema in _STEPS)
    words = Words(
        happened=happened["happened"],
        about="\n".join(filter(None, (_name_of(listing), happened["about"]))),
        contact=who["contact"],
    )
    with unit_of_work() as db:
        count_report(db, now=clock.now())
        return service.raise_concern(
            db,
            city=_city(what["city"], listing),
            kind=what["kind"],
            urgency=what["urgency"],
            words=words,
            provider=listing.provider if listing else None,
            key=request.form.get("key", "")[:100],
            secret=_secret(),
            now=clock.now(),
        )


def _read_until(step: int):
    """Yield each step up to this one as it was filled in: a later one may have been sent alone."""
    for number, schema in enumerate(_STEPS[:step], start=1):
        yield number, load_form(schema())


def _needs_city(form: Form, number: int, listing: Opportunity | None) -> bool:
    if number == 1 and listing is None and _city_or_none(form.data["city"]) is None:
        form.refuse("city", _("Choose where it is."))
    return bool(form.errors)


def _city(slug: str, listing: Opportunity | None) -> City:
    city = listing.provider.city if listing else _city_or_none(slug)
    if city is None:
        raise NotFound(_not_here())
    return city


def _city_or_none(slug: str) -> City | None:
    known = cities(current_db())
    return known[0] if len(known) == 1 else city_by_slug(current_db(), slug)


def _listing(slug: str) -> Opportunity | None:
    return queries.about_listing(current_db(), slug) if slug and "\0" not in slug else None


def _name_of(listing: Opportunity | None) -> str:
    return f"{listing.title}, {listing.provider.name}" if listing else ""


def _number_of(step: str) -> int:
    return int(step) if step in ("1", "2", "3") else 1


def _as_typed() -> Form:
    return Form(typed={name: value.strip() for name, value in request.form.items()})


def _step(number: int, form: Form, *, listing: Opportunity | None):
    # An error page is made of the fields of its own step; those of the others travel too.
    form.typed = _as_typed().typed | form.typed
    page = render_template(
        "concerns/step.html",
        step=number,
        form=form,
        listing=listing,
        cities=[] if listing else cities(current_db()),
        kinds=ConcernKind,
        urgencies=Urgency,
        key=form.value("key") or service.new_key(),
        words_length=WORDS_LENGTH,
        about_length=ABOUT_LENGTH,
        contact_length=CONTACT_LENGTH,
    )
    return _private(page)


def _receipt(receipt: Receipt):
    """Answer without a redirect: what someone worries about belongs in no address and no history."""
    concern = receipt.concern
    page = render_template(
        "concerns/receipt.html",
        concern=concern,
        code=grouped(receipt.code),
        is_danger=concern.urgency is Urgency.DANGER,
    )
    return _private(page)


def _receipt_form(form: Form) -> str:
    return render_template("concerns/receipt_form.html", form=form, words_length=WORDS_LENGTH)


def _private(page: str, status: int = 200):
    answer: Any = make_response(page, status)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _secret() -> str:
    return current_app.extensions["settings"].concerns_secret


def _not_here() -> str:
    return _("We cannot find that page.")
