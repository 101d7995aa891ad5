"""Keep apart what learners tell of themselves: locked, of one length, without a time."""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0059"
branch_labels = None
depends_on = None

_RULES = """
-- Under 13 a yes of one's own does not count, and from 25 on nobody is counted.
CREATE FUNCTION equality_asked_of_them() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM user_account
    WHERE id = NEW.learner_id AND role = 'learner' AND age_band IN ('13-15', '16-17', '18-24')
    FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'This is not asked of them.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER equality_asked_of_them BEFORE INSERT OR UPDATE ON equality_answer
    FOR EACH ROW EXECUTE FUNCTION equality_asked_of_them();
CREATE FUNCTION equality_ends_with_age() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM equality_answer WHERE learner_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER equality_ends_with_age AFTER UPDATE OF age_band, role ON user_account
    FOR EACH ROW
    WHEN (NEW.role <> 'learner' OR NEW.age_band IS NULL
          OR NEW.age_band NOT IN ('13-15', '16-17', '18-24'))
    EXECUTE FUNCTION equality_ends_with_age();
CREATE FUNCTION equality_opening_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'That answers were opened is never changed.'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER equality_opening_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON equality_opening
    FOR EACH STATEMENT EXECUTE FUNCTION equality_opening_stays();
REVOKE ALL ON equality_answer, equality_opening FROM PUBLIC, tirnod_report;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "equality_answer",
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "octet_length(sealed) = 50", name=op.f("ck_equality_answer_sealed_of_one_length")
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"],
            ["user_account.id"],
            name=op.f("fk_equality_answer_learner_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("learner_id", name=op.f("pk_equality_answer")),
    )
    op.create_table(
        "equality_opening",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equality_opening")),
        sa.UniqueConstraint("release", name=op.f("uq_equality_opening_release")),
    )
    op.execute(_RULES)


def downgrade() -> None:
    op.drop_table("equality_opening")
    op.execute("DROP TRIGGER equality_ends_with_age ON user_account")
    op.drop_table("equality_answer")
    for name in ("opening_stays", "ends_with_age", "asked_of_them"):
        op.execute(f"DROP FUNCTION equality_{name}()")
