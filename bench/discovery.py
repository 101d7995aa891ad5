"""The search at the size of a country: each kind over HTTP, by itself in SQL, and beside its peers.

`script/bench discovery` runs this. Each round asks everyone in another order; only what stands
beside each other in one run can be compared. What decides is CPU time, which a busy machine changes
little, wherever both sides of a ratio have it.
"""

import argparse
import os
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

import psycopg
from flask import Flask
from sqlalchemy import text

from app.kept import forget_all
from bench.country.database import connected, national
from bench.country.samples import NEARBY, RADIUS_M, Sample, days, draw, query
from bench.gauge import nginx, servers, statements
from bench.gauge.load import NoLoad, once
from bench.gauge.progress import console, step
from bench.gauge.report import Bar, Verdict, heading
from bench.gauge.servers import PEERS, Cost, Server
from bench.gauge.statements import Alone, Limit, Statement
from bench.peers import normalised
from opportunities.models import OpportunityKind

API = "/api/v1/opportunities"
SEED = 1
SMALL = 0.1
TASKS = ("kinds", "nearby", "search", "box", "tiles", "again", "growth")
_SAMPLES = 100
_MOST = 100_000
#: Every browser takes what is compressed: so a proxy keeps it, and so it is made afresh.
_AS_BROWSERS = {"Accept-Encoding": "gzip"}
#: Our tiles as they are when somebody filters: without, a minute's are kept in memory, and what was
#: kept must not be compared with what is drawn. Everything passes this filter.
_DRAWN, _EVERY_KIND = "drawn", "?" + "&".join(f"kind={kind.value}" for kind in OpportunityKind)


@dataclass
class Bench:
    """What every task needs."""

    url: str
    watcher: psycopg.Connection
    app: Flask
    now: datetime
    samples: list[Sample]
    rounds: int
    seconds: float
    plans: bool
    verdicts: list[Verdict] = field(default_factory=list)

    def judge(self, verdict: Verdict) -> None:
        self.verdicts.append(verdict)

    def sent(self, paths: Sequence[str]) -> list[list[Statement]]:
        """Return the statements that each of some requests sends."""
        return [statements.sent_by(self.app, path) for path in paths]


@dataclass(frozen=True)
class Kind:
    """A kind of search, and the addresses that ask it."""

    name: str
    path: Callable[[Sample, datetime], str]


def _api_nearby(sample: Sample, now: datetime) -> str:
    where = {"lon": sample.lon, "lat": sample.lat, "radius_m": RADIUS_M, "limit": NEARBY}
    return f"{API}?{query(**where, age=sample.age, free=1, **days(now))}"


def _api_box(sample: Sample, _now: datetime) -> str:
    return f"{API}?{query(bbox=sample.bbox, limit=500, format='geojson')}"


def _page_nearby(sample: Sample, now: datetime) -> str:
    return f"/?{query(area=sample.area, within=3, age=sample.age, free=1, **days(now))}"


KINDS = (
    Kind("page: all", lambda _sample, _now: "/"),
    Kind("page: nearby, age, free, dates", _page_nearby),
    Kind("page: nearby, a word", lambda s, _now: f"/?{query(area=s.area, text=s.word)}"),
    Kind("page: a word, anywhere", lambda s, _now: f"/?{query(text=s.word)}"),
    Kind("page: part of the map", lambda s, _now: f"/?{query(bbox=s.bbox)}"),
    Kind("page: newest of a kind", lambda _s, _now: "/?kind=volunteering&sort=newest"),
    Kind("program: nearby, age, free, dates", _api_nearby),
    Kind(
        "program: nearby, a word",
        lambda s, _now: f"{API}?{query(lon=s.lon, lat=s.lat, radius_m=RADIUS_M, text=s.word)}",
    ),
    Kind("program: soonest anywhere", lambda _s, _now: f"{API}?limit=50"),
    Kind("program: GeoJSON of a box", _api_box),
    *(
        Kind(
            f"tile: z{z}",
            lambda s, _now, z=z: "/tiles/opportunities/{}/{}/{}.mvt".format(z, *s.tile(z)),
        )
        for z in (8, 10, 12, 14)
    ),
)


def measure_kinds(bench: Bench) -> None:
    """Print each kind of search over HTTP beside the statements that it sends, by themselves."""
    heading("Each kind of search: over HTTP, and the same SQL by itself (medians over the rounds)")
    print(
        f"{'':34}{'HTTP: ms p50':>13}{'p95':>8}{'a second':>9}{'CPU ms':>9}{'of it DB':>9}"
        f"{'SQL: ms p50':>13}{'p95':>8}{'a second':>9}{'HTTP/SQL':>9}"
    )
    with servers.ours(bench.url, bench.watcher) as server:
        for kind in KINDS:
            _measure_kind(bench, server, kind)


def _measure_kind(bench: Bench, server: Server, kind: Kind) -> None:
    paths = [kind.path(sample, bench.now) for sample in bench.samples]
    if not _is_there(server, paths[0]):
        print(f"{kind.name:34}not there yet")
        return
    sent = bench.sent(list(dict.fromkeys(paths)))
    server.warm(paths)
    costs, limits = [], []
    for _round in range(bench.rounds):
        costs.append(server.measure(paths, seconds=bench.seconds))
        limits.append(statements.limit(bench.url, sent, seconds=bench.seconds))
    rps, tps = _middle(costs, _rps), median(each.tps for each in limits)
    print(
        f"{kind.name:34}{_middle(costs, lambda c: c.answered.p50_ms):13.2f}"
        f"{_middle(costs, lambda c: c.answered.p95_ms):8.2f}{rps:9.0f}"
        f"{_middle(costs, _cpu):9.2f}{_middle(costs, lambda c: c.database_ms):9.2f}"
        f"{median(each.p50_ms for each in limits):13.2f}"
        f"{median(each.p95_ms for each in limits):8.2f}{tps:9.0f}{rps / tps:9.2f}" + _errors(costs),
        flush=True,
    )
    if bench.plans:
        for statement in sent[0]:
            if "SELECT" in statement.sql:
                print(f"\n{statement.sql}\n{statements.plan(bench.watcher, statement)}\n")


def judge_nearby(bench: Bench) -> None:
    """Hold a nearby search over HTTP to what the database alone can do (G1), and show the peers."""
    paths = [_api_nearby(sample, bench.now) for sample in bench.samples]
    limits: list[Limit] = []
    with ExitStack() as stack:
        ours = stack.enter_context(servers.ours(bench.url, bench.watcher))
        if not _is_there(ours, paths[0]):
            console.print(f"{API} is not there yet: the page stands in for it.")
            paths = [_page_nearby(sample, bench.now) for sample in bench.samples]
        sent = bench.sent(paths)
        start, end = bench.now.isoformat(), days(bench.now)["to"] + "T23:59:59+00:00"
        theirs = [
            "/nearby?"
            + query(lon=s.lon, lat=s.lat, radius_m=RADIUS_M, age=s.age, start=start, end=end)
            for s in bench.samples
        ]
        contenders = {"ours": (ours, paths)}
        contenders |= {
            server.name: (server, theirs) for server in _peers(bench, stack, "orm", "fastapi")
        }
        costs = _rounds(
            bench,
            contenders,
            also=lambda: limits.append(statements.limit(bench.url, sent, seconds=bench.seconds)),
        )
    _print_costs("Nearby", costs)
    print(
        f"{'the same SQL, pgbench':24}{median(each.p50_ms for each in limits):10.2f}"
        f"{median(each.p95_ms for each in limits):9.2f}{'':9}"
        f"{median(each.tps for each in limits):10.0f}"
    )
    ratios = [_rps(cost) / each.tps for cost, each in zip(costs["ours"], limits, strict=True)]
    bench.judge(
        Verdict(
            "G1",
            "nearby over HTTP, against the same SQL alone",
            Bar(0.5, 0.7, is_least=True),
            _middle(costs["ours"], _rps),
            median(each.tps for each in limits),
            "/s",
            ratios,
        )
    )
    _judge_cpu(bench, "G1", "nearby", costs, "orm", Bar(None, None))
    _judge_cpu(bench, "G1", "nearby", costs, "fastapi", Bar(None, None))


def judge_search(bench: Bench) -> None:
    """Hold the search in its own table to the same question on the normalised tables (G2)."""
    heading("Search in its own table, and in the normalised tables: database only")
    for name, bars in (
        ("nearby", (Bar(1 / 5, 1 / 8), Bar(1 / 5, 1 / 10))),
        ("text and place", (Bar(1 / 3, 1 / 5), Bar(None, None))),
    ):
        ours = [_own(bench, name, sample, NEARBY) for sample in bench.samples]
        theirs = [[_plain(bench, name, sample, NEARBY)] for sample in bench.samples]
        differing = _differing(bench, name)
        _race(bench, name, ours, theirs, bars)
        bench.judge(
            Verdict(
                "G2",
                f"{name}: samples whose id sets differ",
                Bar(0, 0),
                differing,
                0,
                "",
                [float(differing)],
            )
        )


def _race(
    bench: Bench,
    name: str,
    ours: Sequence[Sequence[Statement]],
    theirs: Sequence[Sequence[Statement]],
    bars: tuple[Bar, Bar],
) -> None:
    seconds = max(bench.seconds, 3.0)
    pairs: list[tuple[Alone, Alone]] = []
    for number in range(bench.rounds):
        both = [ours, theirs] if number % 2 else [theirs, ours]
        found = [statements.alone(bench.watcher, each, seconds=seconds) for each in both]
        pairs.append((found[0], found[1]) if number % 2 else (found[1], found[0]))
    for side, at in (("own table", 0), ("normalised", 1)):
        print(
            f"{name:18}{side:14} CPU {median(p[at].cpu_ms for p in pairs):8.3f} ms   p50"
            f" {median(p[at].p50_ms for p in pairs):8.3f}   p95"
            f" {median(p[at].p95_ms for p in pairs):8.3f}   p99"
            f" {median(p[at].p99_ms for p in pairs):8.3f}"
        )
    if bench.plans:
        print(statements.plan(bench.watcher, ours[0][-1]))
    for unit, bar, take in (
        ("database CPU", bars[0], lambda one: one.cpu_ms),
        ("p99", bars[1], lambda one: one.p99_ms),
    ):
        bench.judge(
            Verdict(
                "G2",
                f"{name}: {unit}, own table against normalised",
                bar,
                median(take(a) for a, _b in pairs),
                median(take(b) for _a, b in pairs),
                "ms",
                [take(a) / max(take(b), 1e-6) for a, b in pairs],
            )
        )


def _own(bench: Bench, name: str, sample: Sample, most: int) -> list[Statement]:
    """Return the statement of the one search: the words are understood before, once."""
    from app.db import current_db
    from opportunities.queries import SearchRequest, find

    asked = days(bench.now)
    wanted = SearchRequest(
        starts_after=bench.now, lon=sample.lon, lat=sample.lat, radius_m=RADIUS_M, limit=most
    )
    if name == "nearby":
        from_day, to_day = (datetime.fromisoformat(asked[each]).date() for each in ("from", "to"))
        wanted = wanted.without(age=sample.age, is_free=True, from_day=from_day, to_day=to_day)
    else:
        wanted = wanted.without(words=sample.word)
    with bench.app.app_context(), statements.recording() as sent:
        find(current_db(), wanted)
    return [sent[-1]]


def _plain(bench: Bench, name: str, sample: Sample, most: int) -> Statement:
    if name == "nearby":
        return normalised.nearby(sample, bench.now, most)
    query = _own(bench, name, sample, most)[0].values["query"]
    return normalised.words(sample, bench.now, most, query=query)


def _differing(bench: Bench, name: str) -> int:
    """Return for how many samples the two do not find the same.

    One measures on the national grid and the other over the ground, which differ by a metre or two
    in five kilometres: what lies so close to the edge counts for neither.
    """
    differing = 0
    for sample in bench.samples:
        ours, theirs = (
            {row[0]: row[2] for row in bench.watcher.execute(statement.plain, statement.values)}
            for statement in (
                _own(bench, name, sample, _MOST)[0],
                _plain(bench, name, sample, _MOST),
            )
        )
        differing += any(
            abs((ours | theirs)[one] - RADIUS_M) > 5 for one in ours.keys() ^ theirs.keys()
        )
    return differing


def judge_box(bench: Bench) -> None:
    """Hold what a map asks for, as GeoJSON, to those who serve the same (G3)."""
    paths = [_api_box(sample, bench.now) for sample in bench.samples]
    goals = {
        "tipg": Bar(1 / 8, 1 / 12),
        "drf": Bar(1 / 15, 1 / 25),
        "fastapi": Bar(1.5, 1.0),
        "orm": Bar(1 / 6, 1 / 10),
        "mapserver": Bar(1 / 3, 1 / 5),
    }
    with ExitStack() as stack:
        ours = stack.enter_context(servers.ours(bench.url, bench.watcher))
        contenders = {"ours": (ours, paths)} if _is_there(ours, paths[0]) else {}
        for server in _peers(bench, stack, *goals):
            contenders[server.name] = (server, [_box_of(server.name, s) for s in bench.samples])
        _print_sizes("Box", contenders)
        costs = _rounds(bench, contenders)
    _print_costs("GeoJSON of a box", costs)
    for peer, bar in goals.items():
        _judge_cpu(bench, "G3", "GeoJSON of a box", costs, peer, bar)


def _box_of(name: str, sample: Sample) -> str:
    if name == "tipg":
        asked = query(bbox=sample.bbox, limit=500, f="geojson")
        return f"/collections/peer.open_opportunity/items?{asked}"
    if name == "mapserver":
        west, south, east, north = sample.bbox.split(",")
        # By this name of the system, latitude comes first.
        box = f"{south},{west},{north},{east},urn:ogc:def:crs:EPSG::4326"
        asked = {"service": "WFS", "version": "2.0.0", "request": "GetFeature"}
        return "/?" + query(**asked, typenames="box", count=500, outputformat="geojson", bbox=box)
    return f"/box?{query(**{'in_bbox' if name == 'drf' else 'bbox': sample.bbox})}"


def judge_tiles(bench: Bench) -> None:
    """Hold vector tiles to those who draw the same points; overviews count cells, which says less (G4)."""
    for z in (8, 10, 12, 14):
        is_same = z >= 12
        bars = {
            "tipg": Bar(1 / 1.8, 1 / 3) if is_same else Bar(1 / 8, 1 / 30),
            "fastapi": Bar(None, 1.0),
            "mapserver": Bar(1 / 1.5, 1 / 2) if is_same else Bar(None, None),
        }
        note = "same points" if is_same else "ours clustered: different content"
        with ExitStack() as stack:
            ours = stack.enter_context(servers.ours(bench.url, bench.watcher))
            kept, drawn = (
                [_tile(name, z, sample) for sample in bench.samples] for name in ("ours", _DRAWN)
            )
            contenders = {"ours": (ours, drawn), "ours, kept": (ours, kept)}
            for server in _peers(bench, stack, *bars):
                contenders[server.name] = (
                    server,
                    [_tile(server.name, z, s) for s in bench.samples],
                )
            _print_sizes(f"Tile z{z}", contenders)
            costs = _rounds(bench, contenders)
        _print_costs(f"Tile z{z} ({note})", costs)
        # Few tiles show the country from afar, and they are the same for all: those are kept.
        own = "ours" if is_same else "ours, kept"
        for peer, bar in bars.items():
            _judge_cpu(bench, "G4", f"tile z{z}", costs, peer, bar, own=own)
            if own != "ours":
                _judge_cpu(bench, "G4", f"tile z{z}, filtered", costs, peer, Bar(None, None))


def _tile(name: str, z: int, sample: Sample) -> str:
    x, y = sample.tile(z)
    if name in ("ours", _DRAWN):
        return f"/tiles/opportunities/{z}/{x}/{y}.mvt" + (_EVERY_KIND if name == _DRAWN else "")
    if name == "tipg":
        chosen = "?properties=id,title,category"
        return f"/collections/peer.open_opportunity/tiles/WebMercatorQuad/{z}/{x}/{y}{chosen}"
    if name == "mapserver":
        asked = {"mode": "tile", "tilemode": "gmap", "tile": f"{x} {y} {z}"}
        return "/?" + query(**asked, layers="tile") + "&map.imagetype=mvt"
    return f"/tiles/{z}/{x}/{y}"


def judge_again(bench: Bench) -> None:
    """Hold a search that is asked again, and has not changed, to a route that does nothing (G5)."""
    bar = Bar(1.3, 1.1)
    sample = bench.samples[0]
    candidates = {
        "GeoJSON of a box": _api_box(sample, bench.now),
        "tile z12": _tile("ours", 12, sample),
    }
    with servers.ours(bench.url, bench.watcher) as server:
        for name, path in candidates.items():
            what = f"{name}, asked again (304), against an empty route"
            if not _is_there(server, path):
                bench.judge(Verdict("G5", what, bar, absent="not there yet"))
                continue
            etag = once(server.port, path)[0].headers.get("ETag")
            if etag is None:
                bench.judge(Verdict("G5", what, bar, absent="it has no ETag"))
                continue
            again = {"If-None-Match": etag}
            server.warm([path], headers=again)
            answer, _body = once(server.port, path, again)
            pairs = [
                (
                    server.measure([path], seconds=bench.seconds, headers=again),
                    server.measure(["/livez"], seconds=bench.seconds),
                )
                for _round in range(bench.rounds)
            ]
            bench.judge(
                Verdict(
                    "G5",
                    what if answer.status == 304 else f"{what}: {answer.status}",
                    bar,
                    median(a.cpu_ms for a, _b in pairs),
                    median(b.cpu_ms for _a, b in pairs),
                    "ms",
                    [a.cpu_ms / b.cpu_ms for a, b in pairs],
                )
            )
    _judge_proxy(bench)


def _judge_proxy(bench: Bench) -> None:
    """Hold answers that a proxy kept to the same addresses answered afresh (G5)."""
    bar = Bar(20, 40, is_least=True)
    what = {
        "GeoJSON of a box": [_api_box(sample, bench.now) for sample in bench.samples],
        "tile z12": [_tile(_DRAWN, 12, sample) for sample in bench.samples],
    }
    if not nginx.is_there():
        console.print("Skipped proxy: there is no nginx. script/bench discovery --peers")
        for name in what:
            text = f"{name}: behind a proxy cache, against dynamic"
            bench.judge(Verdict("G5", text, bar, absent="no proxy"))
        return
    with servers.ours(bench.url, bench.watcher) as ours, servers.proxy(ours) as kept:
        for name, paths in what.items():
            sides = {"dynamic": (ours, paths), "proxy": (kept, paths)}
            costs = _rounds(bench, sides, headers=_AS_BROWSERS)
            state = once(kept.port, paths[0], _AS_BROWSERS)[0].headers.get("X-Cache")
            _print_costs(f"{name}: dynamic, and behind a proxy ({state})", costs)
            text = f"{name}: behind a proxy cache, against dynamic"
            if _is_from_memory(costs["dynamic"]):
                text += " (dynamic from memory)"
            pairs = list(zip(costs["proxy"], costs["dynamic"], strict=True))
            ratios = [_rps(one) / _rps(other) for one, other in pairs]
            middles = _middle(costs["proxy"], _rps), _middle(costs["dynamic"], _rps)
            if any(map(_errors, costs.values())):
                bench.judge(Verdict("G5", text, bar, absent="one of them answered with errors"))
                continue
            bench.judge(Verdict("G5", text, bar, *middles, "/s", ratios))


def judge_growth(bench: Bench, small_url: str) -> None:
    """Show how cost grows when there is ten times as much: the database's CPU of each search."""
    heading("Growth: database CPU of a search, a tenth of the country and the whole")
    bars = {
        "nearby": Bar(2.5, None),
        "counts beside the filters": Bar(8, None),
        "text and place": Bar(None, 4),
        "tile z10": Bar(None, 1.2),
    }
    sent: dict[str, dict[str, list[list[Statement]]]] = {}
    with connected(small_url) as small:
        small_bench = _smaller(bench, small_url, small)
        for size, each in (("whole", bench), ("tenth", small_bench)):
            sent[size] = {name: list(_growing(each, name)) for name in bars}
        for name, bar in bars.items():
            if small_url == bench.url:
                bench.judge(Verdict("grow", name, bar, absent="it needs the whole: --scale 1"))
                continue
            if not sent["whole"][name] or not sent["tenth"][name]:
                bench.judge(Verdict("grow", name, bar, absent="not there yet"))
                continue
            pairs = [
                tuple(
                    statements.alone(each.watcher, sent[size][name], seconds=max(2, bench.seconds))
                    for size, each in (("whole", bench), ("tenth", small_bench))
                )
                for _round in range(bench.rounds)
            ]
            for size, at in (("tenth", 1), ("whole", 0)):
                print(
                    f"{name:28}{size:8} CPU {median(p[at].cpu_ms for p in pairs):8.3f} ms   p50"
                    f" {median(p[at].p50_ms for p in pairs):8.3f}   p95"
                    f" {median(p[at].p95_ms for p in pairs):8.3f}"
                )
            bench.judge(
                Verdict(
                    "grow",
                    f"{name}: ten times as much costs",
                    bar,
                    median(a.cpu_ms for a, _b in pairs),
                    median(b.cpu_ms for _a, b in pairs),
                    "ms",
                    [a.cpu_ms / max(b.cpu_ms, 1e-6) for a, b in pairs],
                )
            )


def _smaller(bench: Bench, url: str, watcher: psycopg.Connection) -> Bench:
    """Return a bench of the same people in the smaller country."""
    return Bench(
        url, watcher, _app(url), bench.now, bench.samples, bench.rounds, bench.seconds, False
    )


def _growing(bench: Bench, name: str) -> Iterator[list[Statement]]:
    from app.db import current_db
    from opportunities.queries import SearchRequest, counts

    for sample in bench.samples:
        if name in ("nearby", "text and place"):
            yield _own(bench, name, sample, NEARBY)
        elif name.startswith("tile"):
            try:
                forget_all()
                yield statements.sent_by(bench.app, _tile("ours", 10, sample))
            except NoLoad:
                return
        else:
            wanted = SearchRequest(
                starts_after=bench.now, lon=sample.lon, lat=sample.lat, radius_m=RADIUS_M
            )
            with bench.app.app_context(), statements.recording() as sent:
                counts(current_db(), wanted)
            yield [sent[-1]]


def _peers(bench: Bench, stack: ExitStack, *names: str) -> Iterator[Server]:
    """Start the peers that are installed; name those that are not."""
    for name in names:
        if name not in ("orm", "mapserver") and not PEERS.exists():
            console.print(f"Skipped {name}: it is not installed. script/bench discovery --peers")
            continue
        try:
            yield stack.enter_context(getattr(servers, name)(bench.url, bench.watcher))
        except RuntimeError as error:
            console.print(f"Skipped {name}: {error}")


def _rounds(
    bench: Bench,
    contenders: dict[str, tuple[Server, list[str]]],
    *,
    also: Callable[[], None] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, list[Cost]]:
    """Let everyone answer in each round, in an order of its own; each has warmed up before."""
    costs: dict[str, list[Cost]] = {name: [] for name in contenders}
    shuffle = random.Random(SEED)
    for server, paths in contenders.values():
        server.warm(paths, headers=headers)
    for _round in range(bench.rounds):
        turns: list[str | None] = [*contenders, *([None] if also else [])]
        shuffle.shuffle(turns)
        for name in turns:
            if name is None:
                assert also
                also()
                continue
            server, paths = contenders[name]
            costs[name].append(server.measure(paths, seconds=bench.seconds, headers=headers))
    return costs


def _print_sizes(what: str, contenders: dict[str, tuple[Server, list[str]]]) -> None:
    """Say how much each answers with, so that nobody wins by saying less unseen."""
    for name, (server, paths) in contenders.items():
        answer, body = once(server.port, paths[0])
        features = body.count(b'"Feature"')
        console.print(f"{what}: {name} {answer.status}, {len(body):,} bytes, {features} features")


def _print_costs(what: str, costs: dict[str, list[Cost]]) -> None:
    heading(what)
    print(f"{'':24}{'ms p50':>10}{'p95':>9}{'p99':>9}{'a second':>10}{'CPU ms':>9}{'of it DB':>10}")
    for name, each in costs.items():
        print(
            f"{name:24}{_middle(each, lambda c: c.answered.p50_ms):10.2f}"
            f"{_middle(each, lambda c: c.answered.p95_ms):9.2f}"
            f"{_middle(each, lambda c: c.answered.p99_ms):9.2f}{_middle(each, _rps):10.0f}"
            f"{_middle(each, _cpu):9.2f}{_middle(each, lambda c: c.database_ms):10.2f}"
            + _remark(each),
            flush=True,
        )


def _judge_cpu(
    bench: Bench,
    goal: str,
    what: str,
    costs: dict[str, list[Cost]],
    peer: str,
    bar: Bar,
    own: str = "ours",
) -> None:
    text = f"{what}: CPU a request against {peer}"
    if own not in costs or peer not in costs:
        missing = peer if own in costs else own
        bench.judge(Verdict(goal, text, bar, absent=f"{missing} is not there"))
        return
    ours, theirs = costs[own], costs[peer]
    if _errors(ours) or _errors(theirs):
        bench.judge(Verdict(goal, text, bar, absent="one of them answered with errors"))
        return
    if _is_from_memory(ours):
        text += " (ours from memory)"
    ratios = [one.cpu_ms / other.cpu_ms for one, other in zip(ours, theirs, strict=True)]
    bench.judge(Verdict(goal, text, bar, _middle(ours, _cpu), _middle(theirs, _cpu), "ms", ratios))


def _remark(costs: Sequence[Cost]) -> str:
    """Say what a reader of the numbers has to know."""
    return ("  from memory" if _is_from_memory(costs) else "") + _errors(costs)


def _is_from_memory(costs: Sequence[Cost]) -> bool:
    """Return whether the database was hardly asked: what was kept is compared with what was made."""
    return _middle(costs, lambda cost: cost.database_ms) < 0.02


def _errors(costs: Sequence[Cost]) -> str:
    errors = sum(cost.answered.errors for cost in costs)
    return f"  {errors} ERRORS" if errors else ""


def _rps(cost: Cost) -> float:
    return cost.answered.rps


def _cpu(cost: Cost) -> float:
    return cost.cpu_ms


def _middle(costs: Sequence[Cost], take: Callable[[Cost], float]) -> float:
    return median(take(cost) for cost in costs)


def _is_there(server: Server, path: str) -> bool:
    return once(server.port, path)[0].status == 200


def _app(url: str) -> Flask:
    from app.db import current_db
    from app.questions import ask
    from wsgi import create_app

    app = create_app({**os.environ, "DATABASE_URL": url})
    with app.app_context():
        # So that what is asked once, on connecting, is not taken for a part of the first search.
        ask(current_db, "SELECT 1", {})
        current_db.execute(text("SELECT 1"))
    return app


def main(arguments: list[str]) -> int:
    given = _arguments(arguments)
    server = os.environ["BENCH_DATABASE_URL"]
    url = national(server, scale=given.scale, seed=SEED)
    small_url = national(server, scale=SMALL, seed=SEED) if "growth" in given.only else ""
    with connected(url) as watcher:
        with step("Who asks, and where"):
            samples = draw(watcher, _SAMPLES, seed=SEED)
        now = datetime.now(UTC).replace(microsecond=0)
        bench = Bench(
            url, watcher, _app(url), now, samples, given.rounds, given.seconds, given.plans
        )
        _print_setting(bench, given.scale)
        tasks: dict[str, Callable[[], None]] = {
            "kinds": lambda: measure_kinds(bench),
            "nearby": lambda: judge_nearby(bench),
            "search": lambda: judge_search(bench),
            "box": lambda: judge_box(bench),
            "tiles": lambda: judge_tiles(bench),
            "again": lambda: judge_again(bench),
            "growth": lambda: judge_growth(bench, small_url),
        }
        for name in given.only:
            tasks[name]()
    heading("Ratios, ours to theirs: the median of the rounds (lowest to highest)")
    for verdict in bench.verdicts:
        print(verdict)
    missed = sum(verdict.is_missed for verdict in bench.verdicts)
    print(f"\n{missed} missed." if missed else "\nAll met.")
    return 1 if missed else 0


def _print_setting(bench: Bench, scale: float) -> None:
    (numbers,) = bench.watcher.execute(
        "SELECT (SELECT count(*) FROM opportunity), (SELECT count(*) FROM scheduled_session),"
        " (SELECT count(*) FROM opportunity_search)"
    ).fetchall()
    load = os.getloadavg()[0]
    print(
        f"Scale {scale:g}: {numbers[0]:,} opportunities, {numbers[1]:,} sessions, {numbers[2]:,} to be"
        f" found. {os.cpu_count()} cores, load {load:.1f} before. {bench.rounds} rounds of"
        f" {bench.seconds:g} s, 8 connections, {len(bench.samples)} samples."
    )


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench discovery", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--only", type=_tasks, default=list(TASKS), help=", ".join(TASKS))
    parser.add_argument("--peers", action="store_true", help="install the peers first")
    parser.add_argument("--plans", action="store_true", help="print how the database answers")
    return parser.parse_args(arguments)


def _tasks(given: str) -> list[str]:
    names = given.split(",")
    for name in names:
        if name not in TASKS:
            raise argparse.ArgumentTypeError(f"{name}: choose from {', '.join(TASKS)}")
    return names


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
