"""The team of an organisation: invite, join, give something else to do, take out, leave."""

from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from flask_login import current_user

from accounts.access import PROVIDER_ROLES, public, requires, signed_in_user, with_link
from accounts.attempts import account_key, count_attempt
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict
from app.forms import Form, load_form
from app.web import public_url
from providers import queries, team
from providers.acting import act_for, act_for_own
from providers.models import MemberRole, Provider
from providers.schemas import InvitationForm, NewcomerForm, RoleForm
from providers.views import bp
from providers.views.own import own_provider


@bp.route("/provide/people", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def people():
    """Show the team; invite somebody, and show their link this once."""
    provider = own_provider(queries.runs)
    if request.method == "GET":
        return _people_page(provider, Form())
    form = load_form(InvitationForm())
    made = _invite(form) if form.is_sound else None
    if made is None:
        return _people_page(provider, form), 422
    answer = make_response(_people_page(provider, Form(), made))
    # The link is a key: it is on this page alone, and no cache keeps it.
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/provide/people/invitations/<uuid:uuid>/withdraw")
@requires(*PROVIDER_ROLES)
def withdraw_invitation(uuid: UUID):
    with unit_of_work() as db:
        team.withdraw_invitation(
            db,
            provider=own_provider(queries.runs),
            withdrawn_by=signed_in_user(),
            uuid=uuid,
            now=clock.now(),
        )
    return redirect(url_for(".people", done="withdrawn"), 303)


@bp.route("/provide/people/<uuid:uuid>", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def person(uuid: UUID):
    """Give somebody something else to do."""
    provider = own_provider(queries.runs)
    member = team.member_of(current_db(), provider, uuid)
    if request.method == "GET":
        return _person_page(member, Form(typed={"role": member.role.value}))
    form = load_form(RoleForm())
    if form.is_sound:
        _change_role(form, provider, uuid)
    if not form.is_sound:
        return _person_page(member, form), 422
    return redirect(url_for(".people", done="changed"), 303)


@bp.post("/provide/people/<uuid:uuid>/remove")
@requires(*PROVIDER_ROLES)
def remove_person(uuid: UUID):
    provider, form = own_provider(queries.runs), Form()
    try:
        with unit_of_work() as db:
            team.remove(
                db,
                provider=provider,
                removed_by=signed_in_user(),
                user_uuid=uuid,
                now=clock.now(),
            )
    except Conflict as refusal:
        member = team.member_of(current_db(), provider, uuid)
        form = Form(typed={"role": member.role.value})
        form.refuse("role", str(refusal))
        return _person_page(member, form), refusal.status
    return redirect(url_for(".people", done="removed"), 303)


@bp.route("/provide/leave", methods=["GET", "POST"])
@requires(*PROVIDER_ROLES)
def leave():
    """Ask once, then take oneself out of the team."""
    provider = own_provider(lambda db, user, provider: bool(queries.part_in(db, user, provider)))
    refusal = None
    if request.method == "POST":
        try:
            with unit_of_work() as db:
                team.leave(db, provider=provider, user=signed_in_user(), now=clock.now())
        except Conflict as said:
            refusal = said
        else:
            act_for_own()
            return redirect(url_for("listings.home"), 303)
    page = render_template("providers/leave.html", provider=provider, refusal=refusal)
    return page, refusal.status if refusal else 200


@bp.route("/provide/invitation/<token>", methods=["GET", "POST"])
@with_link
def invitation(token: str):
    """Join a team: with the account that one is signed in with, or with a new one."""
    user, now = signed_in_user() if current_user.is_authenticated else None, clock.now()
    found = team.invitation_for(current_db(), token=token, user=user, now=now)
    if found is None or request.method == "GET":
        return _invitation_page(found, Form(), 404 if found is None else 200)
    if user is not None:
        with unit_of_work() as db:
            provider = team.accept(db, token=token, user=user, now=now)
        act_for(current_db(), user, provider.uuid)
        return redirect(url_for("listings.home"), 303)
    form = load_form(NewcomerForm())
    if not form.is_sound:
        return _invitation_page(found, form, 422)
    with unit_of_work() as db:
        count_attempt(db, account_key("join", found.email), now=now)
        team.accept_as_new(db, token=token, now=now, **form.data)
    return redirect(url_for(".invitation_answered"), 303)


@bp.get("/provide/invitation-answered")
@public
def invitation_answered():
    """Say what happens next. The page is the same for everyone."""
    return render_template("providers/invitation_answered.html")


@bp.post("/provide/act-for/<uuid:uuid>")
@requires(*PROVIDER_ROLES)
def choose(uuid: UUID):
    """Act for another organisation from here on."""
    act_for(current_db(), signed_in_user(), uuid)
    return redirect(url_for("listings.home"), 303)


@bp.post("/provide/act-for/own")
@requires(*PROVIDER_ROLES)
def choose_own():
    """Act for one's own organisation again."""
    act_for_own()
    return redirect(url_for("listings.home"), 303)


def _invite(form: Form) -> team.NewInvitation | None:
    try:
        with unit_of_work() as db:
            return team.invite(
                db,
                provider=own_provider(queries.runs),
                invited_by=signed_in_user(),
                now=clock.now(),
                **form.data,
            )
    except Conflict as refusal:
        form.refuse("email", str(refusal))
        return None


def _change_role(form: Form, provider: Provider, uuid: UUID) -> None:
    try:
        with unit_of_work() as db:
            team.change_role(
                db,
                provider=provider,
                changed_by=signed_in_user(),
                user_uuid=uuid,
                role=form.data["role"],
            )
    except Conflict as refusal:
        form.refuse("role", str(refusal))


def _people_page(provider: Provider, form: Form, made: team.NewInvitation | None = None) -> str:
    db = current_db()
    return render_template(
        "providers/people.html",
        provider=provider,
        form=form,
        me=signed_in_user(),
        team=queries.team_of(db, provider),
        invitations=team.invitations_of(db, provider, clock.now()),
        others=[
            each for each in queries.organisations_of(db, signed_in_user()) if each != provider
        ],
        roles=MemberRole,
        made=made,
        link=public_url(url_for(".invitation", token=made.token)) if made else "",
        done=request.args.get("done"),
    )


def _person_page(member, form: Form) -> str:
    return render_template(
        "providers/person.html", member=member, form=form, roles=MemberRole, me=signed_in_user()
    )


def _invitation_page(found, form: Form, status: int):
    user = signed_in_user() if current_user.is_authenticated else None
    page = make_response(
        render_template("providers/invitation.html", invitation=found, form=form, user=user), status
    )
    # The address is the key: it must not travel on in a Referer or stay in a cache.
    page.headers.update({"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"})
    return page
