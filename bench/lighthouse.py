"""Lighthouse's marks for three pages, on a throttled phone and on slow 3G, each beside its bar.

`script/bench lighthouse` runs this on a demo city. It reads what `flask demo load --json` printed
from standard input, and the site's address from PUBLIC_URL.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from urllib.request import urlopen

from playwright.sync_api import sync_playwright

_TRIES = 3
_END_SECONDS = 10
_CHROMIUM = "--headless=new --no-sandbox --disable-dev-shm-usage"


@dataclass(frozen=True)
class Way:
    """A phone and its network, and the lowest mark that is good enough in each category."""

    name: str
    bars: Mapping[str, int]
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """A page to measure, as whom, and the checks that cannot hold there."""

    name: str
    address: str
    cookie: str = ""
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """The marks of a page in one category, run by run, and the bar for their median."""

    page: str
    way: str
    category: str
    bar: int
    marks: list[int]

    @property
    def is_met(self) -> bool:
        return median(self.marks) >= self.bar

    def __str__(self) -> str:
        verdict = "met" if self.is_met else "MISSED"
        return (
            f"{self.page:12} {self.way:8} {self.category:15} {median(self.marks):6g} "
            f"{self.bar:4d} {verdict:6} {' '.join(map(str, self.marks))}"
        )


WAYS = (
    Way("phone", {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}),
    Way(
        "slow 3G",
        {"performance": 95},
        (
            "--throttling.rttMs=400",
            "--throttling.throughputKbps=400",
            "--throttling.cpuSlowdownMultiplier=6",
        ),
    ),
)


def main() -> int:
    runs = _runs_asked_for()
    # As an exception, so that what runs below is ended on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    people = {person["role"]: person for person in json.load(sys.stdin)}
    site = os.environ["PUBLIC_URL"]
    results = [
        result
        for page in _pages(site, people["learner"]["sign_in"])
        for way in WAYS
        for result in _measure(site, page, way, runs)
    ]
    print(f"{'page':12} {'network':8} {'category':15} {'median':>6} {'bar':>4}        each run")
    for result in results:
        print(result)
    print("The profile is measured without is-crawlable: search engines must not have it.")
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"Load of the machine over the last 1, 5 and 15 minutes: {load}")
    return 0 if all(result.is_met for result in results) else 1


def _measure(site: str, page: Page, way: Way, runs: int) -> list[Result]:
    """Measure one page in one way, and say each run as it ends."""
    each_run = []
    for turn in range(1, runs + 1):
        each_run.append(_marks(site, page, way))
        print(f"{page.name}, {way.name}, {turn} of {runs}: {each_run[-1]}", file=sys.stderr)
    return [
        Result(page.name, way.name, category, bar, [marks[category] for marks in each_run])
        for category, bar in way.bars.items()
    ]


def _runs_asked_for() -> int:
    parser = argparse.ArgumentParser(prog="script/bench lighthouse")
    parser.add_argument("--runs", type=int, default=5)
    return parser.parse_args().runs


def _pages(site: str, sign_in: str) -> list[Page]:
    listed = urlopen(f"{site}/").read().decode()
    opportunity = re.search(r'href="(/a/[^"?]+)"', listed)
    assert opportunity, "the front page lists nothing"
    return [
        Page("front page", "/"),
        Page("opportunity", opportunity[1]),
        Page("profile", "/me", _signed_in(sign_in), skipped=("is-crawlable",)),
    ]


def _signed_in(link: str) -> str:
    """Open a sign-in link, which works once, and return the cookies that it gives."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"], args=_CHROMIUM.split()[1:]
        )
        page = browser.new_page()
        page.goto(link)
        page.click("main form button")
        page.wait_for_load_state()
        cookies = page.context.cookies()
        browser.close()
    return "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in cookies)


def _marks(site: str, page: Page, way: Way) -> dict[str, int]:
    """Return the marks of one run, 0 to 100, and print what keeps one below its bar."""
    asked = [
        *("node", os.environ["LIGHTHOUSE_CLI"], site + page.address, "--quiet", "--output=json"),
        *(f"--chrome-flags={_CHROMIUM}", "--no-enable-error-reporting"),
        *(f"--only-categories={','.join(way.bars)}", *way.flags),
    ]
    if page.skipped:
        asked.append(f"--skip-audits={','.join(page.skipped)}")
    if page.cookie:
        asked.append(f"--extra-headers={json.dumps({'Cookie': page.cookie})}")
    environment = os.environ | {"CHROME_PATH": os.environ["CHROMIUM"]}
    said = _run(asked, environment)
    assert said["finalDisplayedUrl"] == site + page.address, said["finalDisplayedUrl"]
    marks = {name: round(each["score"] * 100) for name, each in said["categories"].items()}
    for name, bar in way.bars.items():
        if marks[name] < bar:
            _say_why(said, name)
    return marks


def _run(asked: list[str], environment: Mapping[str, str]) -> dict:
    # On a busy machine the browser now and then starts too late for its own trace.
    for _ in range(_TRIES):
        code, said = _run_once(asked, environment)
        if code == 0:
            return json.loads(said)
        print("Lighthouse failed.", file=sys.stderr)
    raise SystemExit(f"Lighthouse failed {_TRIES} times.")


def _run_once(asked: list[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """Run Lighthouse to its end, and take it and its browser along when this bench is ended."""
    # In a session of its own, so that one Ctrl-C reaches it once: from here.
    running = subprocess.Popen(
        asked, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        said, _ = running.communicate()
    finally:
        _end(running)
    return running.returncode, said


def _end(running: subprocess.Popen) -> None:
    """End Lighthouse if it still runs. Only at an interrupt does it end its browser as well."""
    if running.poll() is not None:
        return
    running.send_signal(signal.SIGINT)
    try:
        running.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)


def _say_why(said: dict, category: str) -> None:
    for part in said["categories"][category]["auditRefs"]:
        audit = said["audits"][part["id"]]
        if part["weight"] and audit["score"] is not None and audit["score"] < 1:
            words = f"  {category}: {audit['title']} {audit.get('displayValue', '')}"
            print(f"{words} ({audit['score']})", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
