"""Release months and years too, say of each table how it was made safe, correct, and keep a budget."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _let_a_city_set_a_budget()
    _say_more_of_a_release()
    _say_how_each_table_was_made()
    _keep_it_closed()


def downgrade() -> None:
    op.execute("DROP TRIGGER within_the_budget ON reach_release")
    op.execute("DROP FUNCTION refuse_beyond_the_budget()")
    for table in ("reach_cell", "reach_table"):
        op.execute(f"DROP TRIGGER written_with_its_release ON {table}")
    op.execute("DROP FUNCTION refuse_afterthought()")
    op.drop_constraint(op.f("fk_reach_cell_release_id_reach_table"), "reach_cell")
    op.create_foreign_key(
        op.f("fk_reach_cell_release_id_reach_release"),
        *("reach_cell", "reach_release", ["release_id"], ["id"]),
    )
    op.add_column("reach_release", sa.Column("sigma", sa.Float(), server_default="3"))
    op.add_column("reach_release", sa.Column("smallest_shown", sa.Integer(), server_default="5"))
    for column in ("sigma", "smallest_shown"):
        op.alter_column("reach_release", column, nullable=False, server_default=None)
    op.create_check_constraint(
        op.f("ck_reach_release_noise_is_drawn"), "reach_release", "sigma > 0"
    )
    op.drop_table("reach_table")
    op.drop_index("uq_reach_release_replaces_id", "reach_release")
    for name in ("privacy_is_spent", "corrected_for_a_reason", "version_from_one", "periodkind"):
        op.drop_constraint(op.f(f"ck_reach_release_{name}"), "reach_release")
    op.drop_constraint(op.f("uq_reach_release_city_id_period_version"), "reach_release")
    op.create_unique_constraint(
        op.f("uq_reach_release_city_id_period"), "reach_release", ["city_id", "period"]
    )
    for column in (
        "kind",
        "school_year",
        "version",
        "replaces_id",
        "reason",
        "signature",
        "areas_digest",
    ):
        op.drop_column("reach_release", column)
    op.drop_table("privacy_budget")


def _let_a_city_set_a_budget() -> None:
    op.create_table(
        "privacy_budget",
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column("rho", sa.Float(), nullable=False),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.CheckConstraint("rho > 0 AND rho <= 4", name=op.f("ck_privacy_budget_rho_in_bounds")),
        sa.ForeignKeyConstraint(
            ["city_id"],
            ["city.id"],
            name=op.f("fk_privacy_budget_city_id_city"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("city_id", name=op.f("pk_privacy_budget")),
    )
    # Cities that have released keep to what they would have been given.
    op.execute(
        "INSERT INTO privacy_budget SELECT DISTINCT city_id, 1.3, CURRENT_DATE FROM reach_release"
    )
    op.execute("GRANT SELECT ON privacy_budget TO tirnod_report")


def _say_more_of_a_release() -> None:
    new = (
        sa.Column("kind", sa.String(40), server_default="term", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("replaces_id", sa.BigInteger()),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("signature", sa.Text(), server_default="", nullable=False),
        sa.Column("areas_digest", sa.Text(), server_default="", nullable=False),
        # 1 September of the year the term lies in: the one before for spring and summer.
        sa.Column("school_year", sa.Date()),
    )
    for column in new:
        op.add_column("reach_release", column)
    op.execute("ALTER TABLE reach_release DISABLE TRIGGER released_for_good")
    op.execute(
        "UPDATE reach_release SET school_year ="
        " make_date((extract(year FROM starts_on - interval '8 months'))::int, 9, 1)"
    )
    op.execute("ALTER TABLE reach_release ENABLE TRIGGER released_for_good")
    op.alter_column("reach_release", "school_year", nullable=False)
    op.create_foreign_key(
        op.f("fk_reach_release_replaces_id_reach_release"),
        *("reach_release", "reach_release", ["replaces_id"], ["id"]),
    )
    op.drop_constraint(op.f("uq_reach_release_city_id_period"), "reach_release")
    op.create_unique_constraint(
        op.f("uq_reach_release_city_id_period_version"),
        "reach_release",
        ["city_id", "period", "version"],
    )
    for name, rule in (
        ("periodkind", "kind IN ('month', 'term', 'year')"),
        ("privacy_is_spent", "rho > 0"),
        (
            "corrected_for_a_reason",
            "(version = 1) = (replaces_id IS NULL) AND (version = 1) = (reason = '')",
        ),
        ("version_from_one", "version >= 1"),
    ):
        op.create_check_constraint(op.f(f"ck_reach_release_{name}"), "reach_release", rule)
    op.create_index("uq_reach_release_replaces_id", "reach_release", ["replaces_id"], unique=True)


def _say_how_each_table_was_made() -> None:
    op.create_table(
        "reach_table",
        sa.Column("release_id", sa.BigInteger(), nullable=False),
        sa.Column("table", sa.Text(), nullable=False),
        sa.Column("variance", sa.Integer(), nullable=False),
        sa.Column("smallest_shown", sa.Integer(), nullable=False),
        sa.Column("most_cells", sa.Integer(), nullable=False),
        sa.CheckConstraint("variance > 0", name=op.f("ck_reach_table_noise_is_drawn")),
        sa.CheckConstraint(
            "smallest_shown > 0", name=op.f("ck_reach_table_small_numbers_are_hidden")
        ),
        sa.CheckConstraint("most_cells > 0", name=op.f("ck_reach_table_contribution_is_bounded")),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["reach_release.id"],
            name=op.f("fk_reach_table_release_id_reach_release"),
        ),
        sa.PrimaryKeyConstraint("release_id", "table", name=op.f("pk_reach_table")),
    )
    op.execute(
        """
        INSERT INTO reach_table
        SELECT DISTINCT release.id, cell.table, round(release.sigma ^ 2)::int,
            release.smallest_shown, 1
        FROM reach_release release JOIN reach_cell cell ON cell.release_id = release.id
        """
    )
    op.drop_constraint(op.f("fk_reach_cell_release_id_reach_release"), "reach_cell")
    op.create_foreign_key(
        op.f("fk_reach_cell_release_id_reach_table"),
        *("reach_cell", "reach_table", ["release_id", "table"], ["release_id", "table"]),
    )
    op.drop_constraint(op.f("ck_reach_release_noise_is_drawn"), "reach_release")
    op.drop_column("reach_release", "sigma")
    op.drop_column("reach_release", "smallest_shown")
    op.execute("GRANT SELECT ON reach_table TO tirnod_report")


def _keep_it_closed() -> None:
    op.execute(
        "CREATE TRIGGER released_for_good BEFORE UPDATE OR DELETE OR TRUNCATE ON reach_table "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    # What is released is released as a whole: nothing joins it later.
    op.execute(
        """
        CREATE FUNCTION refuse_afterthought() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (
                SELECT FROM new_rows JOIN reach_release release ON release.id = new_rows.release_id
                WHERE release.released_at <> now()
            ) THEN
                RAISE EXCEPTION 'What was released stays as it was released.'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NULL;
        END $$
        """
    )
    for table in ("reach_cell", "reach_table"):
        op.execute(
            f"CREATE TRIGGER written_with_its_release AFTER INSERT ON {table} "
            "REFERENCING NEW TABLE AS new_rows "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_afterthought()"
        )
    op.execute(
        """
        CREATE FUNCTION refuse_beyond_the_budget() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE budget double precision; spent double precision;
        BEGIN
            NEW.released_at := now();
            SELECT rho INTO budget FROM privacy_budget WHERE city_id = NEW.city_id FOR UPDATE;
            SELECT coalesce(sum(rho), 0) INTO spent FROM reach_release
            WHERE city_id = NEW.city_id AND school_year = NEW.school_year;
            IF budget IS NULL OR spent + NEW.rho > budget + 1e-9 THEN
                RAISE EXCEPTION 'The privacy budget of that school year is spent.'
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER within_the_budget BEFORE INSERT ON reach_release "
        "FOR EACH ROW EXECUTE FUNCTION refuse_beyond_the_budget()"
    )
