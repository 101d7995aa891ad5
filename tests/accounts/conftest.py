"""Argon2 at its cheapest: these tests hash hundreds of times, and none of them guesses."""

import pytest
from argon2 import PasswordHasher

from accounts import passwords


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch):
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", cheap)
    monkeypatch.setattr(passwords, "_of_nobody", lambda: _OF_NOBODY)


_OF_NOBODY = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("the secret of nobody")
