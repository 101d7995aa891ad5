"""Bring the database up to date, then load the demo city; `script/demo` runs this.

The same as `alembic upgrade head` and `flask demo load --json`, in one process, because starting
Python on the whole application is what takes most of the time when there is nothing to do.
"""

import sys

from alembic import command
from alembic.config import Config
from flask.cli import FlaskGroup

from wsgi import create_app

command.upgrade(Config(toml_file="pyproject.toml"), "head")
FlaskGroup(create_app=create_app).main(["demo", "load", "--json", *sys.argv[1:]], prog_name="flask")
