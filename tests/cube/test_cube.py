"""The walls of the cube: what the database itself refuses, whatever the code forgets."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from app.db import Base, report_db, report_sessions
from cube.models import PrivacyBudget, ReachCell, ReachRelease, ReachTable
from tests.cube.builders import city_with_areas, released

CUBE = {each.__tablename__ for each in (ReachRelease, ReachTable, ReachCell, PrivacyBudget)}
EVERY_OTHER_TABLE = sorted(set(Base.metadata.tables) - CUBE)
PERSON_TABLES = {"user_account", "booking", "attendance", "sign_in_link", "achievement_credential"}


@pytest.fixture
def as_report(app, report_bind):
    """The very session that pages read the cube through: another connection, as the report role."""
    report_sessions.configure(bind=report_bind)
    with report_db() as cube:
        yield cube
    report_sessions.kw["bind"].dispose()


def test_the_tables_of_people_are_among_those_tried():
    assert set(EVERY_OTHER_TABLE) > PERSON_TABLES


@pytest.mark.parametrize("table", EVERY_OTHER_TABLE)
def test_the_database_refuses_the_report_role_every_other_table(as_report, table):
    with pytest.raises(ProgrammingError, match="permission denied"):
        as_report.execute(text(f'SELECT 1 FROM "{table}" LIMIT 1'))


def test_no_table_of_the_database_is_open_to_the_report_role_but_the_cube(as_report):
    open_to_it = as_report.scalars(
        text(
            """
            SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
            WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND nspname = 'public'
            AND (has_table_privilege(pg_class.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
                 OR has_any_column_privilege(pg_class.oid, 'SELECT'))
            """
        )
    )

    # What PostGIS opens to everyone is reference data of its own.
    postgis = {"spatial_ref_sys", "geometry_columns", "geography_columns"}
    assert set(open_to_it) - postgis == CUBE


def test_the_report_role_may_read_the_cube_and_not_write_it(as_report):
    assert as_report.execute(text("SELECT count(*) FROM reach_cell")).scalar() is not None
    with pytest.raises(DBAPIError, match=r"read-only|permission denied"):
        as_report.execute(text("INSERT INTO reach_cell DEFAULT VALUES"))


def test_the_report_role_may_not_write_even_where_it_lifts_its_own_read_only_mode(as_report):
    as_report.execute(text("SET TRANSACTION READ WRITE"))

    with pytest.raises(ProgrammingError, match="permission denied"):
        as_report.execute(text("DELETE FROM reach_cell"))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE reach_cell SET learners = 7",
        "DELETE FROM reach_cell",
        "TRUNCATE reach_cell",
        "UPDATE reach_release SET reason = 'none'",
        "UPDATE reach_table SET variance = 1",
        "DELETE FROM reach_table",
        "DELETE FROM reach_release",
        "TRUNCATE reach_release CASCADE",
    ],
)
def test_what_was_released_cannot_be_changed_even_by_the_owner(db, app, change):
    city, _areas = city_with_areas()
    with app.test_request_context():
        released(city)

    with pytest.raises(DBAPIError, match="stays as it was released"):
        db.execute(text(change))


def test_a_small_count_cannot_be_written_into_the_cube(db, app):
    """The clamp lives in the code; that no count is negative, the database holds too."""
    city, _areas = city_with_areas()
    with app.test_request_context():
        release = released(city)
    db.add(ReachCell(release_id=release.id, table="city", cell="x", label="x", learners=-1))

    with pytest.raises(DBAPIError, match="learners_not_negative"):
        db.flush()
