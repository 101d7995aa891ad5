"""The council's officers: what waits for them, and one page for each organisation they decide on."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from accounts.access import AUTHORITY_ROLES, requires, signed_in_user
from accounts.models import User
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotAllowed, NotFound
from app.forms import Form, load_form
from providers import decisions, queries
from providers.assurance import own_assurance
from providers.identity import register_page
from providers.models import Provider, ProviderStatus
from providers.passport import about_of, last_day, shelves_of
from providers.queue import MOST_SHOWN, Pile, longest_wait, on_pile, piles_of
from providers.schemas import REASON_LENGTH, Act, DecisionForm, EvidenceForm, Verdict
from providers.standing import standing_of
from providers.views import bp

_ACTS: dict[Act, Callable[..., Provider]] = {
    Act.IDENTITY: decisions.check_identity,
    Act.APPROVE: decisions.approve,
    Act.REFUSE: decisions.refuse,
    Act.SUSPEND: decisions.suspend,
}
_VERDICTS = {
    Verdict.ACCEPT: decisions.accept_assurance,
    Verdict.REFUSE: decisions.refuse_assurance,
}


@bp.get("/authority/providers")
@requires(*AUTHORITY_ROLES)
def queue():
    """Show what waits for an officer, the oldest first, and where every organisation stands."""
    db, officer, now = current_db(), signed_in_user(), clock.now()
    pile, name = _pile(request.args.get("show", "")), request.args.get("name", "").strip()[:80]
    return render_template(
        "providers/queue.html",
        city=officer.city,
        officer=officer,
        now=now,
        pile=pile,
        name=name,
        piles=piles_of(db, officer, now),
        longest=longest_wait(db, officer, now),
        found=on_pile(db, officer, pile, now, name=name.replace("\0", "")),
        most=MOST_SHOWN,
        last_day=last_day,
    )


@bp.get("/authority/providers/<uuid:uuid>")
@requires(*AUTHORITY_ROLES)
def review(uuid: UUID):
    """Show all that an officer needs to decide on one organisation, and what was decided before."""
    return _review_page(_provider(uuid), Form(), Form())


@bp.post("/authority/providers/<uuid:uuid>/decision")
@requires(*AUTHORITY_ROLES)
def decide(uuid: UUID):
    """Do what an officer decides about an organisation, with its reason."""
    provider, form = _provider(uuid), load_form(DecisionForm())
    status = 422
    if form.is_sound:
        act = _ACTS[form.data["act"]]
        status = _try(
            form,
            ("act", "reason"),
            lambda db, officer, now: act(
                db, provider_uuid=uuid, officer=officer, now=now, reason=form.data["reason"]
            ),
        )
    if not form.is_sound:
        return _review_page(provider, form, Form()), status
    return redirect(url_for(".review", uuid=uuid, done=form.data["act"].value), 303)


@bp.post("/authority/providers/<uuid:uuid>/evidence")
@requires(*AUTHORITY_ROLES)
def judge(uuid: UUID):
    """Accept some pieces of evidence, or send them back: all of them, or none."""
    provider, form = _provider(uuid), load_form(EvidenceForm())
    status = 422
    if form.is_sound:
        status = _try(
            form,
            ("paper", "paper_reason"),
            lambda db, officer, now: _judge(db, form, uuid, officer, now),
        )
    if not form.is_sound:
        return _review_page(provider, Form(), form), status
    return redirect(url_for(".review", uuid=uuid, done=form.data["verdict"].value), 303)


def _judge(db: Session, form: Form, uuid: UUID, officer: User, now: datetime) -> None:
    verdict = _VERDICTS[form.data["verdict"]]
    provider = queries.provider_for_officer(db, officer, uuid)
    if provider is None:
        raise NotFound(_("We cannot find that organisation."))
    for paper in dict.fromkeys(form.data["paper"]):
        verdict(
            db,
            assurance_uuid=own_assurance(db, provider, paper).uuid,
            officer=officer,
            now=now,
            reason=form.data["paper_reason"],
        )


def _try(
    form: Form, boxes: tuple[str, str], decide: Callable[[Session, User, datetime], object]
) -> int:
    """Keep what is decided, or say on the form why not; return the status of the answer.

    :param boxes: what to decide, and why.
    """
    try:
        with unit_of_work() as db:
            decide(db, signed_in_user(), clock.now())
    except (Conflict, NotAllowed) as refusal:
        form.refuse(boxes[isinstance(refusal, decisions.NoReason)], str(refusal))
        return refusal.status
    return 303


def _pile(name: str) -> Pile:
    return Pile(name) if name in set(Pile) else Pile.WAITING


def _provider(uuid: UUID) -> Provider:
    provider = queries.provider_before_officer(current_db(), signed_in_user(), uuid)
    if provider is None:
        raise NotFound(_("We cannot find that organisation."))
    return provider


def _possible_acts(provider: Provider) -> list[Act]:
    possible = {
        Act.IDENTITY: provider.identity_checked_by_id is None,
        Act.APPROVE: provider.status is not ProviderStatus.VERIFIED,
        Act.REFUSE: provider.status is ProviderStatus.APPLIED,
        Act.SUSPEND: provider.status is not ProviderStatus.SUSPENDED,
    }
    return [act for act in Act if possible[act]]


def _review_page(provider: Provider, form: Form, papers: Form) -> str:
    db, officer, now = current_db(), signed_in_user(), clock.now()
    register = provider.registered_with
    return render_template(
        "providers/review.html",
        provider=provider,
        officer=officer,
        form=form,
        papers=papers,
        standing=standing_of(provider, now),
        last_day=last_day(provider),
        shelves=shelves_of(db, provider, now),
        page=register_page(register, provider.registration_number) if register else "",
        team=queries.team_of(db, provider),
        trace=[(each, *about_of(each)) for each in decisions.decisions_on(db, provider)],
        acts=_possible_acts(provider),
        verdicts=Verdict,
        is_own=decisions.is_of_own(db, officer, provider),
        reason_length=REASON_LENGTH,
        done=request.args.get("done"),
    )
