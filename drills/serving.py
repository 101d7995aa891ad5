"""The server of a drill: as `serve.py` has it, with whatever it is told to serve."""

import os

from granian.constants import HTTPModes, Interfaces, RuntimeModes
from granian.log import LogLevels
from granian.server import Server

_HOST, _THREADS = "127.0.0.1", 8


def serve(target: str) -> None:
    """Serve the application that `target`, a module and a function of it, builds, until told to stop."""
    Server(
        target,
        factory=True,
        interface=Interfaces.WSGI,
        address=_HOST,
        port=int(os.environ["PORT"]),
        workers=2,
        blocking_threads=_THREADS,
        http=HTTPModes.http1,
        runtime_mode=RuntimeModes.mt,
        websockets=False,
        respawn_failed_workers=True,
        log_level=LogLevels.critical,
    ).serve()
