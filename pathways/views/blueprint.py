"""The blueprint that all pages of pathways hang on."""

from flask import Blueprint

bp = Blueprint("pathways", __name__, template_folder="../templates")
