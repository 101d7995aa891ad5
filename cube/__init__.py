"""What may be known of whom it reaches: counted once when a period closes, with chance, for good."""

from flask import Flask


def init_app(app: Flask) -> None:
    from cube import jobs as _jobs  # noqa: F401 - registers what a worker does
