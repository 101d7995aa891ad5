"""Where the pages of this room hang."""

from flask import Blueprint

bp = Blueprint("plans", __name__, template_folder="../templates")
