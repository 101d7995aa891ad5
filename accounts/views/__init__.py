"""Pages: `sign_in` for the ways in and out, `start` for new learners, `account` for what is one's own."""

from flask import Blueprint

bp = Blueprint("accounts", __name__, template_folder="../templates")
