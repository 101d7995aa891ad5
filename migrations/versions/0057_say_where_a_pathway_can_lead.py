"""Say where a pathway can lead: jobs and apprenticeships that others advertise."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0048"
branch_labels = None
depends_on = None

_CHECKS = {
    "of_all_versions": "version = 1",
    "six_at_most": "position BETWEEN 1 AND 6",
    "title_short": "char_length(title) BETWEEN 1 AND 80",
    "who_short": "char_length(offered_by) BETWEEN 1 AND 80",
    "address_is_https": "address LIKE 'https://%' AND char_length(address) <= 500",
    "closes_within_a_year": "closes_on BETWEEN added_on AND added_on + 366",
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    table = "pathway_advert"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("offered_by", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("added_on", sa.Date(), nullable=False),
        *(
            sa.CheckConstraint(held, name=op.f(f"ck_{table}_{name}"))
            for name, held in _CHECKS.items()
        ),
        sa.ForeignKeyConstraint(
            ["slug", "version"],
            ["pathway.slug", "pathway.version"],
            name="fk_pathway_advert_pathway",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("uuid", name=op.f(f"uq_{table}_uuid")),
        sa.UniqueConstraint("slug", "position", name=op.f(f"uq_{table}_slug_position")),
        sa.UniqueConstraint("slug", "address", name=op.f(f"uq_{table}_slug_address")),
    )


def downgrade() -> None:
    op.drop_table("pathway_advert")
