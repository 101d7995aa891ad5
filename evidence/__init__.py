"""What shows it: words, pictures, sound, film and files of a learner's own."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Nothing hangs here yet."""
