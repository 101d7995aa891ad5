"""A worker inside a test."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from app import jobs


def work_until_idle(app: Flask) -> None:
    """Do what waits, in a thread of its own: a browser of the same run keeps the main one's event loop."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(jobs.work, app, until_idle=True).result()
