"""A list takes no more memory for being longer. `script/bench importing` measures 100 megabytes."""

import io
import itertools
import json
import tracemalloc

import pytest

from sources.csv_file import open_csv
from sources.rpde import Page, read_page
from sources.settling import Defaults, settle
from tests.factories import NOW
from tests.sources.lists import ROW, bring, sums, table
from tests.sources.test_feeds import event, item


class Endless(io.RawIOBase):
    """A file whose parts are made as they are read, so that it takes no memory itself."""

    def __init__(self, first: bytes, part: bytes, times: int, last: bytes = b""):
        self.parts = (first, part, times, last)
        self.size = len(first) + len(part) * times + len(last)
        self.at = 0
        self.start()

    def start(self):
        first, part, times, last = self.parts
        self.coming = itertools.chain([first], itertools.repeat(part, times), [last])
        self.left = b""

    def read(self, size=-1):
        taken = [self.left]
        length = len(self.left)
        while length < size and (more := next(self.coming, None)) is not None:
            taken.append(more)
            length += len(more)
        whole = b"".join(taken)
        found, self.left = whole[:size], whole[size:]
        self.at += len(found)
        return found

    def tell(self):
        return self.at

    def seek(self, to, whence=0):
        if whence == io.SEEK_END:
            return self.size
        self.start()
        self.at = 0
        if to:
            self.read(to)
        return to


def a_table(megabytes):
    heading, line = table(ROW | {"description": "x" * 700}).split(b"\r\n")[:2]
    times = megabytes * 1_000_000 // (len(line) + 2)
    content = Endless(heading + b"\r\n", line + b"\r\n", times)
    return times, (row for row in open_csv(content).rows)


def a_feed(megabytes):
    one = json.dumps(item(1, event(1, description="x" * 700))).encode() + b","
    times = megabytes * 1_000_000 // len(one)
    content = Endless(b'{"items":[', one, times, b"{}]}")
    rows = read_page(content, Page(), NOW)
    return times + 1, (settle(row, Defaults(), NOW) for row in rows)


@pytest.mark.parametrize("made", [a_table, a_feed])
def test_a_list_four_times_as_long_takes_no_more_memory(made):
    peaks = []
    for megabytes in (3, 12):
        tracemalloc.start()
        expected, rows = made(megabytes)
        assert sum(1 for _row in rows) == expected
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < peaks[0] + 500_000


def test_what_was_written_is_let_go(db):
    """Rows of one transaction do not pile up in the session."""
    from tests import factories

    factories.area()
    provider = factories.provider()
    rows = [ROW | {"id": str(number), "title": f"Pot {number}"} for number in range(1000)]

    assert sums(bring(db, table(*rows), provider)) == {"made": 1000}
    assert len(db().identity_map) < 700
