"""Look at a running demo as each kind of person would; `script/demo` runs this.

Reads what `flask demo load --json` printed from standard input. With `--links`, it only prints
the address and one sign-in link for each role.
"""

import json
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from functools import partial
from http.cookiejar import CookieJar

#: What each kind of person should be able to see. `*` stands for the first link that begins so, on
#: a page that the same person has just seen.
PAGES = {
    "anonymous": (
        "/livez",
        "/readyz",
        "/",
        "/cy/",
        "/static/dist/*",
        "/a/*",
        "/p/*",
        "/wish",
        "/pathways",
        "/pathways/*",
        "/verify",
        "/start",
        "/sign-in",
        "/provide/join",
        "/how-it-works",
        "/help",
        "/safety",
        "/privacy",
        "/accessibility",
        "/about-the-numbers",
    ),
    "learner": (
        "/",
        "/a/*",
        "/me",
        "/cy/me",
        "/me/bookings",
        "/me/badges/*",
        "/me/badges/import",
        "/me/programs",
        "/me/sharing",
        "/me/next",
        "/me/pathways",
        "/pathways/*",
        "/me/searches",
        "/me/digest",
        "/me/pass",
        "/me/notices",
        "/account",
    ),
    "guardian": ("/", "/account", "/account/notices"),
    "supporter": ("/", "/account"),
    "provider_staff": ("/provide", "/door/*", "/account"),
    "provider_admin": (
        "/provide",
        "/door/*",
        "/provide/activities/new",
        "/provide/details",
        "/provide/pathways",
        "/provide/pathways/*",
        "/provide/safety",
        "/provide/people",
        "/provide/members",
        "/provide/endorsements",
        "/provide/endorsements/*",
        "/account",
    ),
    "authority_officer": (
        "/reach",
        "/cy/reach",
        "/authority/wishes",
        "/authority/funds",
        "/authority/funds/*",
        "/reach/map",
        "/reach/map.js",
        "/reach/table.csv",
        "/reach/areas.geojson",
        "/reach/report.pdf",
        "/reach/reports",
        "/reach/indices",
        "/reach/cold-spots",
        "/reach/what-if",
        "/reach/supply.csv",
        "/reach/returns",
        "/reach/returns/sufficiency",
        "/reach/returns/sufficiency.pdf",
        "/authority/providers",
        "/authority/providers/*",
        "/authority/endorsements",
        "/account",
    ),
    "city_admin": ("/reach", "/authority/providers", "/account"),
    "platform_admin": ("/reach", "/account"),
}


class Visitor:
    """A browser of one person: their cookies, and the links they have seen."""

    def __init__(self, site: str):
        self.site = site
        self.links: list[str] = []
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def ask(self, path: str, form: dict[str, str] | None = None) -> str:
        """Return the page at `path`, and remember its links.

        :raises ValueError: it is not there, or is not a whole page; the message says which.
        """
        data = urllib.parse.urlencode(form).encode() if form else None
        request = urllib.request.Request(
            urllib.parse.urljoin(self.site, path), data, {"Referer": self.site}
        )
        try:
            with self.browser.open(request, timeout=30) as answer:
                page = answer.read().decode(errors="replace")
        except urllib.error.HTTPError as refusal:
            raise ValueError(f"answers {refusal.code}") from refusal
        if "/sign-in?" in answer.url:
            raise ValueError("asks to sign in")
        if answer.headers.get_content_type() == "text/html" and "</main>" not in page:
            raise ValueError("is not a whole page")
        self.links += re.findall(r'(?:href|src)="([^"]+)"', page)
        return page

    def sign_in(self, person: dict[str, str] | None) -> str:
        """Use a one-use link: it shows a button, so that looking at it does not use it up."""
        if person is None:
            raise ValueError("nobody of this role is in the demo")
        button = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.ask(person["sign_in"]))
        if button is None:
            raise ValueError("shows no button to sign in")
        self.ask(person["sign_in"], {"csrf_token": button[1]})
        return f"signed in as {person['name']}"

    def look_at(self, page: str) -> str:
        """Ask for `page`, or for the link it stands for; return which it was."""
        path = page if not page.endswith("*") else self._first_link(page[:-1])
        self.ask(path)
        return path

    def _first_link(self, start: str) -> str:
        for link in self.links:
            if link.startswith(start) and link != start:
                return link
        raise ValueError("is linked from no page")


def check(site: str, people: dict[str, dict[str, str]]) -> bool:
    """Say one line for each page of each role; return whether all were well."""
    well = True
    for role, pages in PAGES.items():
        visitor = Visitor(site)
        if role != "anonymous":
            well &= _says(role, "sign in", partial(visitor.sign_in, people.get(role)))
        for page in pages:
            well &= _says(role, page, partial(visitor.look_at, page))
    return well


def _says(role: str, page: str, look: Callable[[], str]) -> bool:
    started = time.monotonic()
    try:
        seen = look()
    except (OSError, ValueError) as reason:
        print(f"NOT {role:18} {page:48} {reason}", flush=True)
        return False
    took_ms = (time.monotonic() - started) * 1000
    print(f"ok  {role:18} {seen:48.48} {took_ms:4.0f} ms", flush=True)
    return True


def print_links(site: str, people: dict[str, dict[str, str]]) -> None:
    print(f"\nTirnod is on {site}. Ctrl-C stops it.\n\nSign in, once with each link, as:")
    for role, person in people.items():
        name = f"{role.replace('_', ' ')} ({person['name']})"
        print(f"  {name:45} {person['sign_in']}")
    print(flush=True)


if __name__ == "__main__":
    *options, address = sys.argv[1:]
    first_of_role: dict[str, dict[str, str]] = {}
    for someone in json.load(sys.stdin):
        first_of_role.setdefault(someone["role"], someone)
    if options == ["--links"]:
        print_links(address, first_of_role)
    else:
        sys.exit(not check(address, first_of_role))
