"""What is said of a row is said in a language, which the application knows."""

from contextlib import nullcontext

import pytest


@pytest.fixture(autouse=True)
def in_context(app, request):
    # Of who is signed in, a context remembers: requests of theirs have contexts of their own.
    own = "sign_in" in request.fixturenames
    with nullcontext() if own else app.app_context():
        yield
