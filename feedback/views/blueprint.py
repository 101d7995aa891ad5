"""Where the pages of this room hang."""

from flask import Blueprint, current_app

bp = Blueprint("feedback", __name__, template_folder="../templates")


def secret() -> str:
    """Return what the addresses of this room are made with."""
    return current_app.config["SECRET_KEY"]
