"""Pages: `joining` and the public page, `own` for details and the trust passport, `people` for the team,
`members` for bodies and their members, `officers` for the council."""

from flask import Blueprint

bp = Blueprint("providers", __name__, template_folder="../templates")
