"""Who helps: the adults that a learner let in, for what, and until when."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Nothing hangs here yet."""
