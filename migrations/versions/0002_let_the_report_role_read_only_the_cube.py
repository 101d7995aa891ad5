"""Let the report role read only the cube, and let nobody change what was released."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CUBE = ("reach_release", "reach_cell")


def upgrade() -> None:
    # A role belongs to the whole cluster: another database of it may have made it already, even
    # at this very moment.
    op.execute(
        """
        DO $$ BEGIN
            CREATE ROLE tirnod_report NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END $$
        """
    )
    op.execute("GRANT tirnod_report TO CURRENT_USER")
    op.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM tirnod_report")
    op.execute("GRANT USAGE ON SCHEMA public TO tirnod_report")
    for table in CUBE:
        op.execute(f"GRANT SELECT ON {table} TO tirnod_report")
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'What was released stays as it was released.'
                USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    for table in CUBE:
        op.execute(
            f"CREATE TRIGGER released_for_good BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in CUBE:
        op.execute(f"DROP TRIGGER released_for_good ON {table}")
        op.execute(f"REVOKE ALL ON {table} FROM tirnod_report")
    op.execute("DROP FUNCTION refuse_change()")
    op.execute("REVOKE USAGE ON SCHEMA public FROM tirnod_report")
