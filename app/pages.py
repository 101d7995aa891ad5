"""The plain pages: how the product works, how it keeps people safe, what it does with what it knows."""

from flask import Blueprint, Flask, current_app, render_template, send_file

from app.web import STATIC, open_to

bp = Blueprint("pages", __name__)

#: Each address, and the template that answers it. The endpoint is `pages.show_<name>`.
PAGES = {
    "/how-it-works": "how_it_works",
    "/help": "help",
    "/safety": "safety",
    "/accessibility": "accessibility",
    "/privacy": "privacy",
    "/privacy/short": "privacy_short",
    "/about-the-numbers": "about_the_numbers",
}


def init_app(app: Flask) -> None:
    app.jinja_env.tests["page"] = is_page
    app.register_blueprint(bp)


def is_page(endpoint: str) -> bool:
    """Return whether this application has such a page, so that a link leads only to what is there."""
    return endpoint in current_app.view_functions


def _page(name: str):
    def show():
        return render_template(f"pages/{name}.html")

    return open_to(show, "anyone")


def _icon():
    """Answer with the sign that browsers show beside the title."""
    return send_file(STATIC / "icon.svg", max_age=24 * 60 * 60)


for _address, _name in PAGES.items():
    bp.add_url_rule(_address, f"show_{_name}", _page(_name))
bp.add_url_rule("/icon.svg", "icon", open_to(_icon, "anyone"))
