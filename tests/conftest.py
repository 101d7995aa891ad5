"""A real PostGIS for the whole run; a transaction per test, rolled back whatever the test commits."""

import atexit
import os
import shutil
import tempfile
from contextlib import contextmanager
from functools import cache
from unittest.mock import patch

import psycopg
import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

from app import clock, kept
from app.db import REPORT_ROLE, current_db, report_sessions
from badges import keys
from reach import asked as reach_asked
from reach import indices as reach_indices
from reach import reading as reach_reading
from reach import regions as reach_regions
from reach import views as reach_views
from returns import views as returns_views
from tests import signing
from tests.databases import fresh_database
from tests.factories import NOW
from wsgi import create_app

# How long an example takes says how busy the machine is, and nothing of the code.
settings.register_profile("tirnod", deadline=None)
settings.load_profile("tirnod")

PUBLIC_URL = "http://localhost"
#: Locks what learners tell of themselves.
EQUALITY_SECRET = "a fourth secret that only tests know"


def settings_for(database_url) -> dict[str, str]:
    """Return an environment in which the application runs on `database_url`."""
    return {
        "DATABASE_URL": database_url.render_as_string(hide_password=False),
        "SECRET_KEY": "a secret that only tests know",
        "CONCERNS_SECRET": "a third secret that only tests know",
        "KEYS_SECRET": "another secret that only tests know",
        "EQUALITY_SECRET": EQUALITY_SECRET,
        "PUBLIC_URL": PUBLIC_URL,
        "EVIDENCE_DIR": _evidence_dir(),
    }


@cache
def _evidence_dir() -> str:
    """Return a folder of this run for what learners bring; it goes with the run."""
    folder = tempfile.mkdtemp(prefix="tirnod-evidence-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def pytest_collection_modifyitems(items) -> None:
    """Keep all tests that open a browser in one worker: one browser, one running site."""
    for item in items:
        if "chromium" in item.fixturenames:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def chromium():
    """The browser of this run. Playwright drives one at a time in a process, so all share it."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    if not os.path.exists(path):
        pytest.skip(f"There is no Chromium at {path}: set CHROMIUM, or apt-get install chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def database_url():
    with fresh_database() as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def token_keys():
    """Let issuers of this run share a few RSA keys."""
    with patch.object(keys, "generate_token_key", signing.token_key):
        yield


@pytest.fixture(scope="session")
def engine(database_url):
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def app(database_url):
    return create_app(settings_for(database_url), TESTING=True, WTF_CSRF_ENABLED=False)


@pytest.fixture(scope="session")
def report_bind(app):
    """What this run's application reads reports through."""
    return report_sessions.kw["bind"]


@pytest.fixture
def db(app, engine, report_bind, monkeypatch):
    """The session the application will use, inside a transaction that never lands."""
    # The sessions are the process's own: a test may have built an application on a database that
    # is gone by now.
    report_sessions.configure(bind=report_bind)
    with engine.connect() as connection:
        outer = connection.begin()
        kept.forget_all()
        current_db.remove()
        current_db.configure(bind=connection, join_transaction_mode="create_savepoint")
        for pages in (
            *(reach_asked, reach_views, reach_indices, reach_regions, reach_reading),
            returns_views,
        ):
            monkeypatch.setattr(pages, "report_db", _report_db_inside(connection))
        yield current_db
        current_db.remove()
        outer.rollback()


@pytest.fixture
def client(app, db, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(clock, "of_database", lambda _db: clock.now())
    return app.test_client()


@pytest.fixture
def sign_in(client, db):
    """Sign a user in, and keep the rows made so far: a request starts from what is committed."""

    def sign_in(user):
        db.commit()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = user.get_id()
            cookie["_fresh"] = True
        return client

    return sign_in


@pytest.fixture
def count_queries(monkeypatch):
    """Return a list that grows by one for each statement sent to the database."""
    sent = []
    execute = psycopg.Cursor.execute

    def note(cursor, statement, *given, **options):
        sent.append(statement.decode() if isinstance(statement, bytes) else statement)
        return execute(cursor, statement, *given, **options)

    # Beneath SQLAlchemy: some questions go round it.
    monkeypatch.setattr(psycopg.Cursor, "execute", note)
    return sent


def _report_db_inside(connection):
    """Return a `report_db` that takes the report role inside the test's own transaction."""

    @contextmanager
    def report_db():
        # Before the role is taken, so that the session's own savepoint does not bring it back.
        current_db.connection()
        current_db.flush()
        connection.execute(text(f"SET LOCAL ROLE {REPORT_ROLE}"))
        try:
            yield current_db()
        finally:
            connection.execute(text("RESET ROLE"))

    return report_db
