"""What is said of a row is said in a language, which the application knows."""

import pytest


@pytest.fixture(autouse=True)
def in_context(app):
    with app.app_context():
        yield
