"""What shows each skill, and whether that is enough to say something."""

from flask import render_template, request

from accounts.access import requires, signed_in_user
from accounts.models import Role
from app import clock
from app.db import current_db
from badges.models import Skill
from feedback.queries import feedback_of
from record import strips
from record.queries import marks_between, page_of, points_of, rule_for, strands_for
from record.sufficiency import standing_of
from record.views.blueprint import bp

#: So many lines are named at once as what shows a skill.
_SHOWN = 5


@bp.get("/me/skills")
@requires(Role.LEARNER)
def show_skills():
    """Show every skill with its strip; the year before on request."""
    year = strips.year_of(clock.now())
    if request.args.get("year") == "before":
        year = year.replace(year=year.year - 1)
    return render_template(
        "record/skills.html",
        year=year,
        marks=marks_between(current_db(), signed_in_user(), year),
        skills=Skill,
    )


@bp.get("/me/skills/<any({}):skill>".format(", ".join(Skill)))
@requires(Role.LEARNER)
def show_skill(skill: str):
    """Show what shows one skill, and what can be said of it or is still missing."""
    db, learner, wanted = current_db(), signed_in_user(), Skill(skill)
    year = strips.year_of(clock.now())
    strands = strands_for(db, learner)
    rule = rule_for(db, learner)
    return render_template(
        "record/skill.html",
        skill=wanted,
        year=year,
        rule=rule,
        marks=marks_between(db, learner, year).get(wanted, []),
        standing=standing_of(points_of(db, learner, skill=wanted).get(wanted, []), rule),
        page=page_of(db, learner, strands, skill=wanted, limit=_SHOWN),
        said=feedback_of(db, learner, skill=wanted, limit=_SHOWN),
    )
