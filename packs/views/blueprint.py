"""The one blueprint that the pages of this room hang on."""

from flask import Blueprint

bp = Blueprint("packs", __name__, template_folder="../templates")
