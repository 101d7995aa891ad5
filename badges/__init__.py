"""What it is worth: achievements a provider defines, and the credentials learners hold."""

from flask import Flask


def init_app(app: Flask) -> None:
    # Loaded here and no earlier: `cell`, which looks at what strangers bring, shares this package
    # and should hold as little as can be.
    from badges import cli, endorsement_views, views
    from badges import jobs as _jobs  # noqa: F401 - registers what a worker does
    from badges import record_views as _record_views  # noqa: F401 - more pages of `views.bp`
    from badges.art import badge_svg
    from badges.wording import (
        advice_on,
        in_words,
        in_words_of_level,
        skills_of,
        sum_inside,
        why_taken_back,
    )

    app.register_blueprint(views.bp)
    app.register_blueprint(endorsement_views.bp)
    cli.init_app(app)
    app.jinja_env.globals.update(
        badge_svg=badge_svg, is_other_provider=endorsement_views.is_other_provider
    )
    app.add_template_filter(advice_on)
    app.add_template_filter(in_words)
    app.add_template_filter(in_words_of_level)
    app.add_template_filter(skills_of)
    app.add_template_filter(sum_inside)
    app.add_template_filter(why_taken_back)
