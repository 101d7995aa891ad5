"""Where the pages of this room hang."""

from flask import Blueprint, request, session

from evidence.uploads import LARGEST_AT_ONCE_BYTES, LARGEST_PIECE_BYTES, MB

bp = Blueprint("evidence", __name__, template_folder="../templates")


@bp.url_value_preprocessor
def let_files_in(endpoint: str | None, _values: dict | None) -> None:
    """Let more come in than elsewhere, from those who are signed in.

    Before the check of the form's token, which reads the form.
    """
    if request.method not in ("POST", "PATCH") or not session.get("_user_id"):
        return
    if endpoint == "evidence.add":
        request.max_content_length = LARGEST_AT_ONCE_BYTES + MB
    elif endpoint == "evidence.receive_part":
        request.max_content_length = LARGEST_PIECE_BYTES
