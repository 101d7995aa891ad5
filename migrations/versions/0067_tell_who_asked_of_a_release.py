"""Tell whoever asked of a release, keep corrections that a worker is to do, and a budget above what is spent."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0065"
branch_labels = None
depends_on = None

_KINDS = ("month", "term", "year")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _take_notices(_kinds_taken() | {"report_released"})
    _keep_who_is_told()
    _keep_what_is_to_be_corrected()
    _keep_the_budget_above_what_is_spent()


def downgrade() -> None:
    op.execute("DROP TRIGGER covers_what_is_spent ON privacy_budget")
    op.execute("DROP FUNCTION refuse_a_budget_below_what_is_spent()")
    op.drop_table("reach_correction")
    op.drop_table("report_subscription")
    op.execute("DELETE FROM notice WHERE kind = 'report_released'")
    _take_notices(_kinds_taken() - {"report_released"})


def _kinds_taken() -> set[str]:
    said = op.get_bind().scalar(
        sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"),
        {"name": "ck_notice_noticekind"},
    )
    return set(re.findall("'([a-z_]+)'", said))


def _take_notices(kinds: set[str]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in sorted(kinds))
    op.drop_constraint(op.f("ck_notice_noticekind"), "notice", type_="check")
    op.create_check_constraint(op.f("ck_notice_noticekind"), "notice", f"kind IN ({listed})")


def _keep_who_is_told() -> None:
    table = "report_subscription"
    op.create_table(
        table,
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*_KINDS, name="periodkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.CheckConstraint(sa.column("kind").in_(_KINDS), name=op.f(f"ck_{table}_periodkind")),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f(f"fk_{table}_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f(f"pk_{table}")),
    )


def _keep_what_is_to_be_corrected() -> None:
    table = "reach_correction"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger()),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("is_refused", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f(f"ck_{table}_has_a_reason")),
        sa.CheckConstraint(
            "NOT is_refused OR done_at IS NOT NULL", name=op.f(f"ck_{table}_refused_when_done")
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["city.id"], name=op.f(f"fk_{table}_city_id_city"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"],
            ["user_account.id"],
            name=op.f(f"fk_{table}_asked_by_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_city_id"), table, ["city_id"])
    op.create_index(
        f"uq_{table}_waiting",
        table,
        ["city_id", "period"],
        unique=True,
        postgresql_where=sa.text("done_at IS NULL"),
    )


def _keep_the_budget_above_what_is_spent() -> None:
    op.execute(
        """
        CREATE FUNCTION refuse_a_budget_below_what_is_spent() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (
                SELECT FROM reach_release WHERE city_id = NEW.city_id
                GROUP BY school_year HAVING sum(rho) > NEW.rho + 1e-9
            ) THEN
                RAISE EXCEPTION 'A school year has spent more than that already.'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER covers_what_is_spent BEFORE INSERT OR UPDATE ON privacy_budget "
        "FOR EACH ROW EXECUTE FUNCTION refuse_a_budget_below_what_is_spent()"
    )
