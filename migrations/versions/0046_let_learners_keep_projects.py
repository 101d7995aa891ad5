"""Let learners keep projects with a log, and say what was good about their days with employers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0046"
down_revision = "0043"
branch_labels = None
depends_on = None

_LINES = ("line_choice", "pack_line", "pack_strength", "pack_sentence")
_LINE_KINDS = ("came", "badge", "imported", "logged")
_PROJECTS = ("own", "higher", "extended")
_ENTRIES = ("did", "read", "met", "changed")
_POINTS = ("purpose", "outcomes", "two_way", "people", "real_task", "feedback", "reflection")


def upgrade() -> None:
    _know_lines((*_LINE_KINDS, "project"))
    op.create_table(
        "project",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        _choice("kind", "projectkind", _PROJECTS),
        sa.Column("title", sa.Text(), nullable=False),
        _text("brief"),
        _text("product"),
        sa.Column("presentation_on", sa.Date(), nullable=True),
        _text("presentation"),
        _text("review"),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("finished_on", sa.Date(), nullable=True),
        sa.Column("skills", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _one_of("project", "projectkind", "kind", _PROJECTS),
        _check("project", "title_short", "char_length(title) BETWEEN 1 AND 80"),
        *(
            _check("project", f"{part}_short", f"char_length({part}) <= 1500")
            for part in ("brief", "product", "presentation", "review")
        ),
        _check("project", "finished_later", "finished_on >= started_on"),
        _check("project", "few_skills", "cardinality(skills) <= 3"),
        _belongs("project", "learner_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("uuid", name=op.f("uq_project_uuid")),
    )
    op.create_index(op.f("ix_project_learner_id"), "project", ["learner_id"])
    op.create_table(
        "project_entry",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        _choice("kind", "entrykind", _ENTRIES),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        _text("source"),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("logged_at", sa.DateTime(timezone=True), nullable=False),
        _one_of("project_entry", "entrykind", "kind", _ENTRIES),
        _check("project_entry", "words_short", "char_length(words) BETWEEN 1 AND 600"),
        _check("project_entry", "source_short", "char_length(source) <= 200"),
        _check("project_entry", "minutes_of_a_day", "minutes BETWEEN 5 AND 1440"),
        _belongs("project_entry", "project_id", "project"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_entry")),
        sa.UniqueConstraint("uuid", name=op.f("uq_project_entry_uuid")),
    )
    op.create_index(
        "ix_project_entry_project_id_done_on", "project_entry", ["project_id", "done_on", "id"]
    )
    _let_projects_be_seen()
    op.create_table(
        "encounter",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        _text("reflection"),
        _check("encounter", "with_one_employer", "num_nonnulls(provider_id, place) = 1"),
        _check("encounter", "place_short", "char_length(place) BETWEEN 1 AND 80"),
        _check("encounter", "reflection_short", "char_length(reflection) <= 600"),
        _belongs("encounter", "learner_id", "user_account"),
        _belongs("encounter", "provider_id", "provider"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_encounter")),
        sa.UniqueConstraint(
            "learner_id",
            "provider_id",
            "place",
            name=op.f("uq_encounter_learner_id_provider_id_place"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_encounter_provider_id"), "encounter", ["provider_id"])
    op.create_table(
        "point_seen",
        sa.Column("encounter_id", sa.BigInteger(), nullable=False),
        _choice("point", "encounterpoint", _POINTS),
        _text("words"),
        _one_of("point_seen", "encounterpoint", "point", _POINTS),
        _check("point_seen", "words_short", "char_length(words) <= 200"),
        _belongs("point_seen", "encounter_id", "encounter"),
        sa.PrimaryKeyConstraint("encounter_id", "point", name=op.f("pk_point_seen")),
    )


def downgrade() -> None:
    op.drop_table("point_seen")
    op.drop_table("encounter")
    op.execute("DELETE FROM witness WHERE project_id IS NOT NULL")
    op.execute("DROP TRIGGER seen_as_it_is ON project")
    op.execute("DROP FUNCTION keep_as_it_was_seen()")
    op.drop_index("uq_witness_open_of_project", table_name="witness")
    op.drop_constraint(op.f("ck_witness_of_one_thing"), "witness", type_="check")
    op.drop_constraint(op.f("ck_witness_project_seen_by_adult"), "witness", type_="check")
    op.drop_column("witness", "project_id")
    op.alter_column("witness", "activity_id", nullable=False)
    op.drop_table("project_entry")
    op.drop_table("project")
    for table in reversed(_LINES):
        op.execute(f"DELETE FROM {table} WHERE kind = 'project'")
    _know_lines(_LINE_KINDS)


def _let_projects_be_seen() -> None:
    op.alter_column("witness", "activity_id", nullable=True)
    op.add_column("witness", sa.Column("project_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_witness_project_id_project"),
        "witness",
        "project",
        ["project_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_index(op.f("ix_witness_project_id"), "witness", ["project_id"])
    op.create_check_constraint(
        op.f("ck_witness_of_one_thing"), "witness", "num_nonnulls(activity_id, project_id) = 1"
    )
    op.create_check_constraint(
        op.f("ck_witness_project_seen_by_adult"), "witness", "project_id IS NULL OR NOT is_friend"
    )
    op.create_index(
        "uq_witness_open_of_project",
        "witness",
        ["project_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL AND was_so IS NOT FALSE"),
    )
    op.execute(
        """
        CREATE FUNCTION keep_as_it_was_seen() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (
            SELECT FROM witness WHERE project_id = NEW.id AND was_so AND ended_at IS NULL
          ) THEN
            RAISE EXCEPTION 'what somebody confirmed stays as they saw it'
              USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER seen_as_it_is BEFORE UPDATE ON project FOR EACH ROW
        WHEN ((OLD.kind, OLD.title, OLD.brief, OLD.product, OLD.started_on, OLD.finished_on, OLD.skills)
          IS DISTINCT FROM
          (NEW.kind, NEW.title, NEW.brief, NEW.product, NEW.started_on, NEW.finished_on, NEW.skills))
        EXECUTE FUNCTION keep_as_it_was_seen()
        """
    )


def _know_lines(kinds: tuple[str, ...]) -> None:
    for table in _LINES:
        name = op.f(f"ck_{table}_linekind")
        op.drop_constraint(name, table, type_="check")
        op.create_check_constraint(name, table, sa.column("kind").in_(kinds))


def _text(name: str) -> sa.Column:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _choice(name: str, kind: str, values: tuple[str, ...]) -> sa.Column:
    return sa.Column(
        name, sa.Enum(*values, name=kind, native_enum=False, length=40), nullable=False
    )


def _one_of(table: str, kind: str, name: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    return sa.CheckConstraint(sa.column(name).in_(values), name=op.f(f"ck_{table}_{kind}"))


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _belongs(table: str, column: str, owner: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{owner}")
    return sa.ForeignKeyConstraint([column], [f"{owner}.id"], name=name, ondelete="CASCADE")
