"""What it adds up to: a learner's own record of what they did and earned."""

from flask import Flask

from profiles import views


def init_app(app: Flask) -> None:
    app.register_blueprint(views.bp)
