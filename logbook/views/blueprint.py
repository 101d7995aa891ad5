"""Where the pages of this room hang."""

from flask import Blueprint

bp = Blueprint("logbook", __name__, template_folder="../templates")
