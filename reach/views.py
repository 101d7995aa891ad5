"""The local authority's pages."""

from app.db import report_db  # noqa: F401
