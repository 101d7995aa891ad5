"""The roof: the one file that knows every room. `flask run` and `serve.py` both start here."""

import os

from flask import Flask

import accounts
import awards
import badges
import concerns
import cube
import demo
import enquiries
import equality
import evidence
import feedback
import geo
import listings
import logbook
import notices
import opportunities
import packs
import participation
import pathways
import permission
import plans
import portable
import profiles
import providers
import provision
import reach
import record
import returns
import sources
import supporters
import wallet
from app.config import read_settings
from app.factory import build_app

#: In the order a young person meets them: sign in, find, take part, earn, show, be counted.
FEATURES = (
    *(geo, accounts, notices, providers, opportunities, listings, sources, provision),
    *(equality, concerns, enquiries, permission),
    *(participation, badges, wallet, awards, pathways, logbook, evidence),
    *(supporters, feedback, plans, record, packs, profiles, portable, cube, reach, returns),
    demo,
)


def create_app(environment: dict[str, str] | None = None, **overrides) -> Flask:
    """Build the application from the environment, with Flask's `overrides` on top."""
    return build_app(read_settings(environment or dict(os.environ)), FEATURES, **overrides)
