"""An adult's pages: whom they help, one young person as far as they were let, and taking up an invitation."""

from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from flask_login import current_user

from accounts.access import requires, signed_in_user, with_link
from accounts.attempts import account_key, count_attempt
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound
from app.forms import Form, load_form
from app.links import kept_from_others, token_hash
from evidence.serving import with_media
from supporters import groups, queries, sections, service
from supporters.models import PageKind, SupporterLink
from supporters.schemas import NewSupporter
from supporters.service import ADULTS
from supporters.views.blueprint import bp


@bp.get("/support")
@requires(*ADULTS)
def helped():
    """Show whom one helps, and the groups one keeps."""
    db, adult, now = current_db(), signed_in_user(), clock.now()
    return render_template(
        "supporters/helped.html",
        links=queries.supported_by(db, adult, now),
        waiting=queries.taken_up_by(db, adult),
        groups=queries.groups_of(db, adult),
        may_keep_groups=groups.may_keep_groups(adult),
        done=request.args.get("done"),
    )


@bp.get("/support/<uuid:uuid>")
@requires(*ADULTS)
def young_person(uuid: UUID):
    """Show what a learner lets this adult see, and keep that they looked."""
    adult, now = signed_in_user(), clock.now()
    with unit_of_work() as db:
        link = queries.link_to(db, adult, uuid, now)
        shown = list(sections.sections_for(db, link, now))
        for page in {PageKind.OVERVIEW, *(section.page for section, _given in shown)}:
            service.note_look(db, adult=adult, learner=link.learner, page=page, now=now)
    page = render_template(
        "supporters/young_person.html", link=link, learner=link.learner, shown=shown, now=now
    )
    # What a learner shows may be a picture, sound or film.
    return with_media(make_response(page))


@bp.post("/support/<uuid:uuid>/end")
@requires(*ADULTS)
def stop_helping(uuid: UUID):
    """Stop helping; `uuid` is that of the link."""
    with unit_of_work() as db:
        service.end_as_adult(db, adult=signed_in_user(), uuid=uuid, now=clock.now())
    return redirect(url_for(".helped", done="ended"), 303)


@bp.route("/support/join/<token>", methods=["GET", "POST"])
@with_link
def take_up(token: str):
    """Take an invitation up, signed in; whoever is not, signs in or makes an account first."""
    link = queries.invitation_for(current_db(), token_hash(token), clock.now())
    if link is None:
        return _over()
    if not current_user.is_authenticated:
        return _who_are_you(link, token, Form())
    if request.method == "POST":
        return _taken_up(token)
    is_learner = current_user.role not in ADULTS
    page = render_template("supporters/take_up.html", link=link, is_refused=is_learner)
    return kept_from_others((page, 403 if is_learner else 200))


@bp.post("/support/join/<token>/new")
@with_link
def sign_up(token: str):
    """Make an account for an invited adult. The answer is the same where the address has one."""
    now = clock.now()
    link = queries.invitation_for(current_db(), token_hash(token), now)
    if link is None:
        return _over()
    form = load_form(NewSupporter())
    if not form.is_sound:
        return _who_are_you(link, token, form)
    given = form.data
    with unit_of_work() as db:
        count_attempt(db, account_key("join", given["email"].lower()), now=now)
        service.take_up_as_new(
            db,
            token_hash=token_hash(token),
            name=given["name"],
            email=given["email"].lower(),
            password=given["password"],
            now=now,
        )
    return redirect(url_for("accounts.sign_in", next=url_for(".take_up", token=token)), 303)


def _taken_up(token: str):
    try:
        with unit_of_work() as db:
            link = service.take_up(
                db, adult=signed_in_user(), token_hash=token_hash(token), now=clock.now()
            )
    except NotFound:
        return _over()
    except Conflict as refusal:
        page = render_template("supporters/take_up_over.html", reason=str(refusal))
        return kept_from_others((page, 409))
    return kept_from_others(render_template("supporters/taken_up.html", link=link))


def _who_are_you(link: SupporterLink, token: str, form: Form):
    page = render_template("supporters/who_are_you.html", link=link, token=token, form=form)
    return kept_from_others((page, 422 if form.errors else 200))


def _over():
    page = render_template("supporters/take_up_over.html", reason=service.no_longer_open())
    return kept_from_others((page, 404))
