"""Keep background work: the tables of procrastinate, as its release 3.10 has them."""

from importlib import resources

from alembic import op

revision = "0021"
down_revision = "0016"
branch_labels = None
depends_on = None

#: Its own steps, up to this release. A later one that brings more gets a migration of its own.
_UP_TO = "03.10.00"
_DROP = r"""
DO $$
DECLARE
    gone text;
BEGIN
    FOR gone IN
        SELECT format('DROP TABLE %I CASCADE', tablename) FROM pg_tables
        WHERE schemaname = 'public' AND tablename LIKE 'procrastinate\_%'
    LOOP
        EXECUTE gone;
    END LOOP;
    FOR gone IN
        SELECT format('DROP FUNCTION %s CASCADE', oid::regprocedure) FROM pg_proc
        WHERE proname LIKE 'procrastinate\_%'
    LOOP
        EXECUTE gone;
    END LOOP;
    FOR gone IN
        SELECT format('DROP TYPE %I CASCADE', typname) FROM pg_type
        WHERE typname LIKE 'procrastinate\_%' AND typtype IN ('e', 'c')
    LOOP
        EXECUTE gone;
    END LOOP;
END $$
"""


def upgrade() -> None:
    folder = resources.files("procrastinate.sql") / "migrations"
    steps = {step.name: step for step in folder.iterdir() if step.name.endswith(".sql")}
    # Some steps use what the one before must have committed. So an interrupted try leaves a part
    # behind, and the next one begins anew.
    with op.get_context().autocommit_block():
        op.execute(_DROP)
        for name in sorted(steps):
            if name[: len(_UP_TO)] <= _UP_TO:
                # Past SQLAlchemy, which would take each % for a value to fill in.
                here = op.get_bind().connection.driver_connection
                here.execute(steps[name].read_text(encoding="utf-8"))


def downgrade() -> None:
    op.execute(_DROP)
