"""A provider's own opportunities: post one, run it again, withdraw it."""

from flask import Blueprint

bp = Blueprint("listings", __name__, template_folder="../templates")
