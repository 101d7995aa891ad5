"""A learner makes packs, writes in them, and ends them."""

from collections.abc import Sequence
from itertools import zip_longest
from uuid import UUID

from flask import current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _

from accounts.access import requires, signed_in_user
from accounts.models import Role
from accounts.numbers import number_of
from accounts.passes import qr_svg
from app import clock
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound
from app.forms import Form, load_form
from app.links import token_of
from app.web import public_url
from badges.models import Skill
from badges.queries import badges_of
from evidence.queries import pieces_of
from packs import service
from packs.kinds import FORMS
from packs.models import Pack, PackKind
from packs.presenting import slides_of
from packs.queries import contents_of, is_live, own_pack, packs_of
from packs.schemas import (
    INTRO_LENGTH,
    SENTENCE_LENGTH,
    STRENGTH_LENGTH,
    IntroForm,
    PiecesForm,
    ShareForm,
    StrengthsForm,
    WritingForm,
)
from packs.service import LINK_KIND, MOST_LINES, SHARE_DAYS, STRENGTHS, Sentence, Strength
from packs.views.blueprint import bp
from record.queries import Line, lines_named, page_of, strands_for

#: So many lines can be chosen from at once; a filter by skill or strand brings others.
_TO_CHOOSE = 60


@bp.get("/me/sharing")
@requires(Role.LEARNER)
def sharing():
    packs = packs_of(current_db(), signed_in_user())
    return render_template(
        "packs/sharing.html", packs=packs, forms=FORMS, is_live=_is_live, pack_address=pack_address
    )


@bp.route("/me/sharing/new", methods=["GET", "POST"])
@requires(Role.LEARNER)
def make():
    """Choose what to show, to whom and for how long."""
    form = load_form(ShareForm()) if request.method == "POST" else _beginning()
    pack = _made(form) if form.is_sound else None
    if pack is not None:
        return redirect(url_for(".show_own", uuid=pack.uuid), 303)
    db, learner = current_db(), signed_in_user()
    strand, skill = request.args.get("strand", ""), request.args.get("skill", "")
    page = render_template(
        "packs/make.html",
        form=form,
        kind=_kind(form),
        badges=badges_of(db, learner),
        lines=_to_choose(form, strand, skill),
        forms=FORMS,
        days=SHARE_DAYS,
        number=number_of(db, learner),
        skills=Skill,
        skill=skill,
    )
    return page, 422 if form.errors else 200


@bp.get("/me/sharing/<uuid:uuid>")
@requires(Role.LEARNER)
def show_own(uuid: UUID):
    """Show a pack to who made it: its address, what comes first, and what is written in it."""
    return _own_page(_own(uuid), Form(), Form())


@bp.post("/me/sharing/<uuid:uuid>/intro")
@requires(Role.LEARNER)
def say_who_i_am(uuid: UUID):
    form = load_form(IntroForm())
    if not form.is_sound:
        return _own_page(_own(uuid), form, Form()), 422
    with unit_of_work() as db:
        service.say_who_i_am(db, learner=signed_in_user(), uuid=uuid, words=form.data["intro"])
    return redirect(url_for(".show_own", uuid=uuid, _anchor="intro"), 303)


@bp.post("/me/sharing/<uuid:uuid>/strengths")
@requires(Role.LEARNER)
def choose_strengths(uuid: UUID):
    form = load_form(StrengthsForm())
    if form.is_sound and _kept_strengths(uuid, form):
        return redirect(url_for(".show_own", uuid=uuid, _anchor="strengths"), 303)
    return _own_page(_own(uuid), Form(), form), 422


@bp.post("/me/sharing/<uuid:uuid>/pieces")
@requires(Role.LEARNER)
def choose_pieces(uuid: UUID):
    form = load_form(PiecesForm())
    with unit_of_work() as db:
        chosen = form.data.get("pieces", [])
        service.choose_pieces(db, learner=signed_in_user(), uuid=uuid, pieces=chosen)
    return redirect(url_for(".show_own", uuid=uuid, _anchor="pieces"), 303)


@bp.route("/me/sharing/<uuid:uuid>/write", methods=["GET", "POST"])
@requires(Role.LEARNER)
def write(uuid: UUID):
    """Write in a pack, sentence by sentence, each tied to what shows it."""
    pack = _own(uuid)
    form = load_form(WritingForm()) if request.method == "POST" else Form()
    if form.is_sound and _kept_writing(uuid, form):
        return redirect(url_for(".write", uuid=uuid, _anchor="written"), 303)
    contents = contents_of(current_db(), pack)
    typed = _typed_sentences(form)
    page = render_template(
        "packs/write.html",
        pack=pack,
        about=FORMS[pack.kind],
        contents=contents,
        form=form,
        rows={
            each.section.key: [row for row in typed if row.section == each.section.key]
            if form.errors
            else [Sentence(one.section, one.words, one.key) for one in each.sentences]
            for each in contents.written
        },
        longest=SENTENCE_LENGTH,
    )
    return page, 422 if form.errors else 200


@bp.get("/me/sharing/<uuid:uuid>/present")
@requires(Role.LEARNER)
def present(uuid: UUID):
    """Show a pack one thing at a time, to stand before others with."""
    pack = _own(uuid)
    slides = slides_of(contents_of(current_db(), pack), pack.intro)
    asked = request.args.get("slide", "1")
    number = int(asked) if asked.isdecimal() and len(asked) < 4 else 1
    number = min(max(number, 1), len(slides))
    return render_template(
        "packs/present.html", pack=pack, slides=slides, slide=slides[number - 1], number=number
    )


@bp.post("/me/sharing/<uuid:uuid>/end")
@requires(Role.LEARNER)
def end(uuid: UUID):
    with unit_of_work() as db:
        service.withdraw(db, learner=signed_in_user(), uuid=uuid, now=clock.now())
    return redirect(url_for(".sharing"), 303)


def pack_address(pack: Pack) -> str:
    """Return the whole address of a pack, to copy."""
    return public_url(f"/s/{token_of(pack.uuid, secret=_secret(), kind=LINK_KIND)}")


def _to_choose(form: Form, strand: str, skill: str) -> list[Line]:
    """Return lines to choose from: those that are chosen first, whatever else is shown; then the newest."""
    db, learner = current_db(), signed_in_user()
    strands = strands_for(db, learner)
    named = lines_named(db, learner, strands, _chosen(form)) if _chosen(form) else []
    chosen = [line for line in named if not line.is_hidden]
    newest = page_of(
        db,
        learner,
        strands,
        strand=strand,
        skill=Skill(skill) if skill in set(Skill) else None,
        hidden=False,
        limit=_TO_CHOOSE,
    ).lines
    keys = {line.key for line in chosen}
    return chosen + [line for line in newest if line.key not in keys]


def _chosen(form: Form) -> list[str]:
    typed = form.value("lines", [])
    return [typed] if isinstance(typed, str) else typed[:MOST_LINES]


def _own_page(pack: Pack, intro: Form, strengths: Form) -> str:
    contents = contents_of(current_db(), pack)
    address = pack_address(pack)
    return render_template(
        "packs/own.html",
        pack=pack,
        about=FORMS[pack.kind],
        contents=contents,
        pieces=pieces_of(current_db(), pack.learner, only_shown=True),
        address=address,
        qr=qr_svg(address, title=_("The link as a picture to scan")),
        is_live=_is_live(pack),
        intro=intro,
        strengths=strengths,
        rows=_strength_rows(contents, strengths),
        longest={"intro": INTRO_LENGTH, "strength": STRENGTH_LENGTH},
    )


def _strength_rows(contents, form: Form) -> Sequence[Strength]:
    if form.errors:
        rows = [Strength(words, line) for words, line in _columns(form, "words", "line")]
    else:
        rows = [Strength(each.words, each.key) for each in contents.strengths]
    return [*rows, *[Strength("", "")] * STRENGTHS][:STRENGTHS]


def _made(form: Form) -> Pack | None:
    chosen = form.data
    try:
        with unit_of_work() as db:
            return service.share(
                db,
                learner=signed_in_user(),
                kind=chosen["kind"],
                label=chosen["label"],
                badge_uuids=chosen["badges"],
                line_keys=chosen["lines"],
                shows_name="name" in chosen["shows"],
                shows_hours="hours" in chosen["shows"],
                shows_number="number" in chosen["shows"],
                days=chosen["days"],
                secret=_secret(),
                now=clock.now(),
            )
    except Conflict as refusal:
        form.refuse("lines", str(refusal))
        return None


def _kept_strengths(uuid: UUID, form: Form) -> bool:
    rows = zip_longest(form.data["words"], form.data["line"], fillvalue="")
    given = [Strength(words, line) for words, line in rows if words or line]
    try:
        with unit_of_work() as db:
            service.choose_strengths(db, learner=signed_in_user(), uuid=uuid, strengths=given)
        return True
    except Conflict as refusal:
        form.refuse("words", str(refusal))
        return False


def _kept_writing(uuid: UUID, form: Form) -> bool:
    try:
        with unit_of_work() as db:
            service.write(db, learner=signed_in_user(), uuid=uuid, sentences=_typed_sentences(form))
        return True
    except Conflict as refusal:
        form.refuse("words", str(refusal))
        return False


def _typed_sentences(form: Form) -> list[Sentence]:
    """Return the rows that hold words: an emptied one is one that was taken out."""
    rows = _columns(form, "section", "words", "line")
    return [Sentence(*row) for row in rows if row[1]]


def _columns(form: Form, *names: str):
    """Return what stands in boxes that go together, row by row."""
    values = (form.value(name, []) for name in names)
    lists = ([value] if isinstance(value, str) else value for value in values)
    return zip_longest(*lists, fillvalue="")


def _beginning() -> Form:
    kind = request.args.get("kind", "")
    return Form(
        typed={
            "days": SHARE_DAYS[1],
            "kind": kind if kind in set(PackKind) else "show",
            "lines": request.args.getlist("lines"),
        }
    )


def _kind(form: Form) -> PackKind:
    typed = form.value("kind")
    return PackKind(typed) if typed in set(PackKind) else PackKind.SHOW


def _own(uuid: UUID) -> Pack:
    pack = own_pack(current_db(), signed_in_user(), uuid)
    if pack is None:
        raise NotFound(_("We cannot find that pack."))
    return pack


def _is_live(pack: Pack) -> bool:
    return is_live(pack, clock.now())


def _secret() -> str:
    return current_app.config["SECRET_KEY"]
