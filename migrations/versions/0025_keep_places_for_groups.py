"""Keep places for a while for groups of young people that a city names."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0026"
branch_labels = None
depends_on = None

_GOES_WITH_IT = {"ondelete": "CASCADE"}


def upgrade() -> None:
    _name_groups()
    _keep_places()


def downgrade() -> None:
    op.execute(
        "UPDATE scheduled_session SET remaining_capacity = remaining_capacity + kept_capacity,"
        " kept_capacity = 0 WHERE kept_capacity > 0"
    )
    op.drop_index("ix_scheduled_session_kept_until", table_name="scheduled_session")
    for name in ("kept_until_a_time", "kept_at_most_half", "kept_capacity"):
        op.drop_constraint(op.f(f"ck_scheduled_session_{name}"), "scheduled_session", type_="check")
    op.drop_column("scheduled_session", "kept_until")
    op.drop_column("scheduled_session", "kept_capacity")
    for name in ("kept_places", "group_member", "group_code", "learner_group"):
        op.drop_table(name)


def _name_groups() -> None:
    op.create_table(
        "learner_group",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_cy", sa.Text(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        _time("made_at"),
        _check(
            "learner_group",
            "name_short",
            "char_length(name) BETWEEN 1 AND 40 AND char_length(name_cy) BETWEEN 1 AND 40",
        ),
        _key("learner_group", "city_id", "city", **_GOES_WITH_IT),
        _key("learner_group", "made_by_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learner_group")),
        sa.UniqueConstraint("uuid", name=op.f("uq_learner_group_uuid")),
        sa.UniqueConstraint("city_id", "name", name=op.f("uq_learner_group_city_id_name")),
    )
    op.create_table(
        "group_code",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        _number("most"),
        _number("used"),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        _time("made_at"),
        _time("expires_at"),
        _check("group_code", "most_bounds", "most BETWEEN 1 AND 200"),
        _check("group_code", "used_within_most", "used BETWEEN 0 AND most"),
        _check("group_code", "expires_later", "expires_at > made_at"),
        _key("group_code", "group_id", "learner_group", **_GOES_WITH_IT),
        _key("group_code", "made_by_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_code")),
        sa.UniqueConstraint("uuid", name=op.f("uq_group_code_uuid")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_group_code_code_hash")),
    )
    op.create_index(op.f("ix_group_code_group_id"), "group_code", ["group_id"])
    op.create_table(
        "group_member",
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        _key("group_member", "learner_id", "user_account", **_GOES_WITH_IT),
        _key("group_member", "group_id", "learner_group", **_GOES_WITH_IT),
        sa.PrimaryKeyConstraint("learner_id", "group_id", name=op.f("pk_group_member")),
    )
    op.create_index(op.f("ix_group_member_group_id"), "group_member", ["group_id"])


def _keep_places() -> None:
    op.create_table(
        "kept_places",
        sa.Column("opportunity_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        _number("places"),
        _number("hours_before"),
        sa.Column("set_by_id", sa.BigInteger(), nullable=False),
        _time("set_at"),
        _check("kept_places", "places_bounds", "places BETWEEN 1 AND 50"),
        _check("kept_places", "hours_before_bounds", "hours_before BETWEEN 24 AND 336"),
        _key("kept_places", "opportunity_id", "opportunity", **_GOES_WITH_IT),
        _key("kept_places", "group_id", "learner_group", **_GOES_WITH_IT),
        _key("kept_places", "set_by_id", "user_account"),
        sa.PrimaryKeyConstraint("opportunity_id", name=op.f("pk_kept_places")),
    )
    op.create_index(op.f("ix_kept_places_group_id"), "kept_places", ["group_id"])
    of = "scheduled_session"
    op.add_column(of, sa.Column("kept_capacity", sa.Integer(), server_default="0", nullable=False))
    op.add_column(of, sa.Column("kept_until", sa.DateTime(timezone=True), nullable=True))
    for name, holds in (
        ("kept_capacity", "kept_capacity BETWEEN 0 AND maximum_capacity - remaining_capacity"),
        ("kept_at_most_half", "kept_capacity * 2 <= maximum_capacity"),
        ("kept_until_a_time", "kept_capacity = 0 OR kept_until IS NOT NULL"),
    ):
        op.create_check_constraint(op.f(f"ck_{of}_{name}"), of, holds)
    op.create_index(
        "ix_scheduled_session_kept_until",
        of,
        ["kept_until"],
        postgresql_where=sa.text("kept_until IS NOT NULL"),
    )


def _number(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False)


def _time(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _check(table: str, name: str, holds: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(holds, name=op.f(f"ck_{table}_{name}"))


def _key(table: str, column: str, to: str, **what_becomes_of_it) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, **what_becomes_of_it)
