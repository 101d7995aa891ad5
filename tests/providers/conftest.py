"""What tests of this room share."""

from tests.accounts.conftest import _cheap_hashes

__all__ = ["_cheap_hashes"]
