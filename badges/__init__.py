"""What it is worth: achievements a provider defines, and the credentials learners hold."""

from flask import Flask

from badges import cli, views
from badges.art import badge_svg
from badges.wording import advice_on, in_words, skills_of


def init_app(app: Flask) -> None:
    app.register_blueprint(views.bp)
    cli.init_app(app)
    app.jinja_env.globals.update(badge_svg=badge_svg)
    app.add_template_filter(advice_on)
    app.add_template_filter(in_words)
    app.add_template_filter(skills_of)
