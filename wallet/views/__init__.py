"""Pages and interfaces: `api` of Open Badges, `oauth` for leave to use it, `connections`, badges from `elsewhere`, fetched from `hosts`."""

from wallet.views import api, connections, elsewhere, hosts, oauth  # noqa: F401 - hang on the blueprint
from wallet.views.answers import answers_below
from wallet.views.blueprint import bp

__all__ = ["answers_below", "bp"]
