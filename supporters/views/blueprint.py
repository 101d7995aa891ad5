"""Everything of this room hangs on one blueprint."""

from flask import Blueprint, current_app

bp = Blueprint("supporters", __name__, template_folder="../templates")


def secret() -> str:
    """Return what the addresses and codes of this room are made with."""
    return current_app.config["SECRET_KEY"]
