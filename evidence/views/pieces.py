"""A learner's own evidence: all of it, one piece, a new one, and its files."""

from uuid import UUID

from flask import current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from accounts.access import requires, signed_in_user, with_link
from accounts.models import Role
from app import clock
from app.config import Settings
from app.db import current_db, unit_of_work
from app.errors import Conflict, NotFound, Refusal
from app.forms import Form, load_form
from badges.models import Skill
from evidence import belonging, queries, service, serving, uploads
from evidence.models import FILE_KINDS, SPOKEN_KINDS, EvidencePiece, Kind, Size, Upload
from evidence.schemas import PieceForm
from evidence.views.blueprint import bp
from evidence.wording import HINTS, STEMS, state_words, why_refused

#: The box that stands for what a piece is, by its kind: where a refusal is said.
_MAIN_BOX = {Kind.LINK: "link", Kind.RESULT: "title"} | dict.fromkeys(FILE_KINDS, "file")
#: What the chooser of files offers. Without HEIC among them an iPhone hands over a JPEG.
_ACCEPTED = {
    Kind.PHOTO: "image/jpeg,image/png,image/webp,image/gif",
    Kind.AUDIO: "audio/*",
    Kind.VIDEO: "video/*",
    Kind.FILE: "application/pdf,text/plain,.pdf,.txt",
}
#: Nobody has so many pages; a number of any length may be asked for.
_LAST_PAGE = 10_000


@bp.get("/me/evidence")
@requires(Role.LEARNER)
def show_all():
    """Show all that the learner has, newest first, in pages."""
    page = min(max(1, request.args.get("page", 1, type=int)), _LAST_PAGE)
    found = queries.pieces_of(
        current_db(),
        signed_in_user(),
        limit=queries.PAGE + 1,
        offset=(page - 1) * queries.PAGE,
    )
    page_of_it = render_template(
        "evidence/all.html",
        pieces=found[: queries.PAGE],
        page=page,
        has_more=len(found) > queries.PAGE,
        state_words=state_words,
        address=own_address,
    )
    return serving.with_media(make_response(page_of_it))


@bp.route("/me/evidence/new", methods=["GET", "POST"])
@requires(Role.LEARNER)
def add():
    """Choose what kind it is, then show it. `with` names what it belongs with, `again` a try before."""
    earlier = _earlier()
    kind = earlier.kind if earlier else _kind()
    if kind is None:
        return render_template(
            "evidence/choose.html", kinds=Kind, hints=HINTS, belongs_with=_asked_with()
        )
    if request.method == "POST":
        form = load_form(PieceForm())
        added = _added(kind, form, earlier)
        if added is not None:
            return redirect(url_for(".show_piece", uuid=added.uuid), 303)
    else:
        form = Form(typed=_told(earlier) if earlier else {"belongs_with": _asked_with()})
    return _form_page(form, kind, earlier=earlier), 422 if form.errors else 200


@bp.get("/me/evidence/<uuid:uuid>")
@requires(Role.LEARNER)
def show_piece(uuid: UUID):
    """Show one piece, as it is."""
    piece = _own(uuid)
    page = render_template(
        "evidence/piece.html",
        piece=piece,
        why_refused=why_refused,
        state_words=state_words,
        skills=[skill for skill in Skill if skill in piece.skills],
        earlier=queries.earlier_tries(current_db(), piece),
        later=queries.later_try(current_db(), piece),
        is_spoken=piece.kind in SPOKEN_KINDS,
        address=own_address,
    )
    return serving.with_media(make_response(page))


@bp.route("/me/evidence/<uuid:uuid>/edit", methods=["GET", "POST"])
@requires(Role.LEARNER)
def change(uuid: UUID):
    """Say something else of a piece."""
    piece = _own(uuid)
    form = load_form(PieceForm()) if request.method == "POST" else Form(typed=_told(piece))
    if form.is_sound and _changed(piece, form):
        return redirect(url_for(".show_piece", uuid=uuid), 303)
    return _form_page(form, piece.kind, piece=piece), 422 if form.errors else 200


@bp.post("/me/evidence/<uuid:uuid>/seen/<any(yes, no):choice>")
@requires(Role.LEARNER)
def let_see(uuid: UUID, choice: str):
    with unit_of_work() as db:
        service.let_see(db, learner=signed_in_user(), uuid=uuid, is_shared=choice == "yes")
    return redirect(url_for(".show_piece", uuid=uuid, _anchor="seen"), 303)


@bp.post("/me/evidence/<uuid:uuid>/hello/<any(yes, no):choice>")
@requires(Role.LEARNER)
def say_hello(uuid: UUID, choice: str):
    """Put a piece at the top of the learner's own profile, or take it off."""
    act = service.say_hello if choice == "yes" else service.take_hello_off
    with unit_of_work() as db:
        act(db, learner=signed_in_user(), uuid=uuid)
    return redirect(url_for(".show_piece", uuid=uuid, _anchor="hello"), 303)


@bp.post("/me/evidence/<uuid:uuid>/delete")
@requires(Role.LEARNER)
def delete(uuid: UUID):
    with unit_of_work() as db:
        service.delete_piece(db, learner=signed_in_user(), uuid=uuid)
    return redirect(url_for(".show_all"), 303)


@bp.get("/me/evidence/<uuid:uuid>/<any(full, thumb):size>")
@requires(Role.LEARNER)
def show_file(uuid: UUID, size: str):
    """Hand over a file of the learner's own, under a policy by which it can do nothing."""
    return serving.send(_own(uuid), Size(size))


@bp.get("/evidence/files/<token>")
@with_link
def show_for_a_while(token: str):
    """Hand over a file to whoever was just given its address, also on a name of its own."""
    uuid, size = serving.named_in(token)
    piece = queries.piece_at(current_db(), uuid)
    if piece is None:
        raise NotFound(_("We cannot find that file."))
    answer = serving.send(piece, size)
    answer.headers["Cross-Origin-Resource-Policy"] = "same-site"
    return answer


def own_address(piece: EvidencePiece, size: str) -> str:
    """Return where the learner themself finds a file."""
    settings: Settings = current_app.extensions["settings"]
    if settings.media_url:
        return serving.address_for_a_while(piece, size)
    return url_for("evidence.show_file", uuid=piece.uuid, size=size)


def _form_page(form: Form, kind: Kind, *, piece: EvidencePiece | None = None, earlier=None) -> str:
    db, learner = current_db(), signed_in_user()
    is_file = kind in FILE_KINDS
    return render_template(
        "evidence/form.html",
        form=form,
        kind=kind,
        piece=piece,
        earlier=earlier,
        today=clock.today(),
        stems=STEMS,
        skills=Skill,
        choices=list(belonging.choices(db, learner)),
        is_file=is_file,
        accepted=_ACCEPTED.get(kind, ""),
        largest_mb=service.LARGEST_OF_KIND[kind] // uploads.MB if is_file else 0,
        at_once_mb=uploads.LARGEST_AT_ONCE_BYTES // uploads.MB,
        unfinished=_unfinished(form) if is_file and piece is None else [],
    )


def _unfinished(form: Form) -> list[Upload]:
    """Return the files on their way that this form does not already hold."""
    begun = queries.unfinished_uploads(current_db(), signed_in_user(), now=clock.now())
    return [each for each in begun if str(each.uuid) != form.value("upload")]


def _kind() -> Kind | None:
    try:
        return Kind(request.args.get("kind", ""))
    except ValueError:
        return None


def _asked_with() -> str:
    return request.args.get("with", "")[:60]


def _earlier() -> EvidencePiece | None:
    """Return the try that this one follows, if the address names one."""
    again = request.args.get("again", type=UUID)
    return _own(again) if again else None


def _own(uuid: UUID) -> EvidencePiece:
    piece = queries.own_piece(current_db(), signed_in_user(), uuid)
    if piece is None:
        raise NotFound(_("We cannot find that."))
    return piece


def _told(piece: EvidencePiece) -> dict:
    """Return what is said of a piece as a form holds it."""
    return {
        "title": piece.title,
        "words": piece.words,
        "alt_text": piece.alt_text,
        "transcript": piece.transcript,
        "source": piece.source,
        "link": piece.link,
        "happened_on": piece.happened_on.isoformat(),
        "skills": list(piece.skills),
        "belongs_with": belonging.name_of(piece),
        "is_try": "yes" if piece.is_try else "",
    }


def _added(kind: Kind, form: Form, earlier: EvidencePiece | None) -> EvidencePiece | None:
    upload = _file_of(form) if kind in FILE_KINDS else None
    if not form.is_sound:
        return None
    given = {
        "learner": signed_in_user(),
        "about": _about(form),
        "follows": earlier,
        "now": clock.now(),
    }
    try:
        with unit_of_work() as db:
            if upload is not None:
                return service.add_file(db, kind=kind, upload=upload, **given)
            if kind is Kind.LINK:
                return service.add_link(db, link=form.data["link"], **given)
            return _ADD[kind](db, **given)
    except Conflict as refusal:
        form.refuse(_box_of(kind, form), str(refusal))
        return None


_ADD = {
    Kind.WORDS: service.add_words,
    Kind.OBSERVATION: service.add_observation,
    Kind.RESULT: service.add_result,
}


def _changed(piece: EvidencePiece, form: Form) -> bool:
    try:
        with unit_of_work() as db:
            service.change_piece(
                db, learner=signed_in_user(), uuid=piece.uuid, about=_about(form), now=clock.now()
            )
    except Conflict as refusal:
        form.refuse(_box_of(Kind.WORDS, form), str(refusal))
        return False
    return True


def _box_of(kind: Kind, form: Form) -> str:
    """Return the box whose content a rule refused."""
    if form.data["happened_on"] > clock.today():
        return "happened_on"
    return _MAIN_BOX.get(kind, "words")


def _about(form: Form) -> service.About:
    given = dict(form.data)
    stem, chosen = given.pop("stem"), given.pop("belongs_with")
    given["words"] = " ".join(filter(None, [str(STEMS[stem]) if stem else "", given["words"]]))
    given["belongs_with"] = belonging.named(current_db(), signed_in_user(), chosen)
    about = {name: value for name, value in given.items() if name not in ("link", "upload")}
    return service.About(**about)


def _file_of(form: Form) -> Upload | None:
    """Return the file of a form: one that comes with it, or one that came before."""
    came = request.files.get("file")
    try:
        upload = _take(came) if came else _sent_before(form)
    except Refusal as refusal:
        form.typed.pop("upload", None)
        form.refuse("file", str(refusal))
        return None
    # Were another box wrong, it need not be sent again.
    form.typed["upload"] = str(upload.uuid)
    return upload


def _sent_before(form: Form) -> Upload:
    try:
        uuid = UUID(form.value("upload"))
    except ValueError:
        raise Conflict(_("Choose a file.")) from None
    return uploads.open_upload(current_db(), learner=signed_in_user(), uuid=uuid, now=clock.now())


def _take(came: FileStorage) -> Upload:
    length = came.stream.seek(0, 2)
    came.stream.seek(0)
    with unit_of_work() as db:
        upload = uploads.begin_upload(
            db,
            learner=signed_in_user(),
            length=length,
            mark="",
            quota_bytes=quota_bytes(),
            now=clock.now(),
        )
    uploads.receive(upload, came.stream, offset=0)
    return upload


def quota_bytes() -> int:
    """Return how much one learner's files may take here."""
    settings: Settings = current_app.extensions["settings"]
    return settings.evidence_quota_mb * uploads.MB
