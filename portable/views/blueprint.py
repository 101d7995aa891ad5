"""The one blueprint that the pages of this room hang on."""

from flask import Blueprint, request

from portable.cell import LARGEST_BYTES

bp = Blueprint("portable", __name__, template_folder="../templates")


@bp.before_request
def let_large_files_in() -> None:
    """Let all that one can have somewhere come in at once; it goes to the disk, not into memory."""
    if request.endpoint == "portable.take_in":
        request.max_content_length = LARGEST_BYTES + 1024 * 1024
