"""How a badge is come by beside coming along: by a rule, by asking, from a list, or with a code."""

from flask import Flask


def init_app(app: Flask) -> None:
    from awards import jobs as _jobs  # noqa: F401 - registers what a worker does, and listens
    from awards import wording as _wording  # noqa: F401 - names the kinds of rules for the pages
    from awards.views import asking, claiming, giving, ways

    for part in (ways, asking, giving, claiming):
        app.register_blueprint(part.bp)
