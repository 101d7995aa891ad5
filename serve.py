"""Serve the site as it is meant to be served: `python serve.py`, or `script/server`."""

import argparse
import gc
import json
import os
from pathlib import Path

from flask import Flask
from granian.constants import HTTPModes, Interfaces, RuntimeModes
from granian.log import LogLevels
from granian.server import Server

from wsgi import create_app

HOST = "127.0.0.1"
#: Of each process. Whoever sends a form slowly holds one until it has come, so there are several.
#: Behind a proxy that takes forms in first, WEB_THREADS=1 is quickest: two threads mostly wait for
#: each other, which costs a tenth of what is answered in a second.
THREADS = 16
#: What a request in hand may take to end when the server is told to stop.
_GRACE_S = 5


def build() -> Flask:
    """Build the application of one process, and set what will last as long as it aside.

    The collector otherwise looks through all of it, time and again, for what is no longer needed.
    """
    app = create_app()
    gc.collect()
    gc.freeze()
    return app


def main() -> None:
    """Serve on PORT, with WEB_CONCURRENCY processes of WEB_THREADS threads, until a signal says to stop."""
    given = _arguments()
    # What is wrong with the settings is said here once, and by no worker over and over.
    create_app()
    Server(
        "serve:build",
        factory=True,
        interface=Interfaces.WSGI,
        address=HOST,
        port=int(os.environ.get("PORT", "8000")),
        workers=int(os.environ.get("WEB_CONCURRENCY", "2")),
        blocking_threads=int(os.environ.get("WEB_THREADS", THREADS)),
        http=HTTPModes.http1,
        runtime_mode=RuntimeModes.mt,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=_GRACE_S,
        log_level=LogLevels.warning,
        log_dictconfig=given.log_config and json.loads(given.log_config.read_text()),
        log_access=given.access_log is not None,
        log_access_format=given.access_log,
        reload=given.reload,
    ).serve()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reload", action="store_true", help="pick up changes of the code")
    parser.add_argument("--access-log", metavar="FORMAT", help="write a line for each request")
    parser.add_argument("--log-config", type=Path, metavar="FILE", help="what to log, as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
