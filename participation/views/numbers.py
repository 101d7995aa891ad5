"""What an organisation has done, in numbers, for its own people."""

from datetime import date

from flask import Response, render_template
from flask_babel import gettext as _

from accounts.access import PROVIDER_ROLES, requires, signed_in_user
from app import clock
from app.clock import LONDON
from app.db import current_db
from app.errors import NotAllowed
from participation import number_export
from participation.number_queries import may_see_numbers, numbers_of, why_given_back
from participation.own_numbers import OwnNumbers, Span
from participation.small_numbers import SMALLEST_SHOWN
from participation.views.blueprint import bp
from participation.wording import span_name
from providers.acting import provider_acted_for
from providers.models import Provider


@bp.get("/provide/numbers")
@requires(*PROVIDER_ROLES)
def show_numbers():
    provider = _own_provider()
    today = _today()
    return render_template(
        "participation/numbers.html",
        provider=provider,
        numbers=_numbers(provider),
        smallest_shown=SMALLEST_SHOWN,
        given_back=why_given_back(current_db(), provider, now=clock.now()),
        spans={span: span_name(span, today) for span in Span},
    )


@bp.get("/provide/numbers.csv")
@requires(*PROVIDER_ROLES)
def download_numbers():
    """Answer with the same numbers, hidden where the page hides them."""
    provider, today = _own_provider(), _today()
    name = f"numbers-{provider.slug}-{today}.csv"
    return Response(
        number_export.as_csv(_numbers(provider), today=today),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _own_provider() -> Provider:
    db, user = current_db(), signed_in_user()
    provider = provider_acted_for(db, user)
    if provider is None or not may_see_numbers(db, user, provider):
        raise NotAllowed(_("You cannot see the numbers of this organisation."))
    return provider


def _numbers(provider: Provider) -> OwnNumbers:
    return numbers_of(current_db(), provider, now=clock.now())


def _today() -> date:
    return clock.now().astimezone(LONDON).date()
