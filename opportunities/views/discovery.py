"""Finding something to do: the list, and the map drawn from it."""

from flask import Blueprint

bp = Blueprint("opportunities", __name__, template_folder="../templates")
