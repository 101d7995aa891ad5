"""Let what a learner tries be about the four foundations too, which skills have had since."""

from alembic import op

revision = "0056"
down_revision = "0050"
branch_labels = None
depends_on = None

_ESSENTIAL = (
    *("listening", "speaking", "problem_solving", "creativity"),
    *("adapting", "planning", "leadership", "teamwork"),
)
_FOUNDATIONS = ("literacy", "numeracy", "oracy", "digital")


def upgrade() -> None:
    _take(*_FOUNDATIONS, *_ESSENTIAL)


def downgrade() -> None:
    op.execute("DELETE FROM plan_item WHERE skill IN ('literacy', 'numeracy', 'oracy', 'digital')")
    _take(*_ESSENTIAL)


def _take(*skills: str) -> None:
    named = ", ".join(f"'{skill}'" for skill in skills)
    op.drop_constraint(op.f("ck_plan_item_skill"), "plan_item", type_="check")
    op.create_check_constraint(op.f("ck_plan_item_skill"), "plan_item", f"skill IN ({named})")
