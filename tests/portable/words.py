"""Which tables are a learner's, as a test of the export asks."""

from app.db import Base
from portable.erasing import is_learners
from portable.telling import _TOLD_ELSEWHERE


def told_columns_of_everything() -> set[str]:
    """Return the tables that are a learner's, but for what is in the file in another way."""
    return {name for name in Base.metadata.tables if is_learners(name)} - _TOLD_ELSEWHERE
