"""What somebody is good at, before anything else: with symbols, large, and read aloud."""

from flask import render_template

from accounts.access import requires, signed_in_user
from accounts.models import Role
from app.db import current_db
from badges.models import Skill
from profiles.views.blueprint import bp
from record.queries import claims_of, page_of, points_of, strands_for

#: So many things stand beside each symbol: enough to talk about.
_BESIDE = 2


@bp.get("/me/strengths")
@requires(Role.LEARNER)
def show_strengths():
    """Show each skill that something shows, with a symbol and what it was: no gaps, nothing missing."""
    db, learner = current_db(), signed_in_user()
    strands, shown = strands_for(db, learner), points_of(db, learner, shown_only=True)
    claims = claims_of(db, learner)
    return render_template(
        "profiles/strengths.html",
        learner=learner,
        strengths=[
            (skill, page_of(db, learner, strands, skill=skill, hidden=False, limit=_BESIDE).lines)
            for skill in sorted(Skill, key=lambda each: each not in claims)
            if skill in shown
        ],
        claims=claims,
    )
