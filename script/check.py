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
        "/verify",
        "/how-it-works",
        "/privacy",
        "/start",
        "/sign-in",
    ),
    "learner": ("/me", "/me/bookings", "/me/badges/*", "/me/sharing", "/me/pass", "/account"),
    "guardian": ("/account",),
    "supporter": ("/account",),
    "provider_staff": ("/provide", "/door/*", "/account"),
    "provider_admin": ("/provide", "/door/*", "/account"),
    "authority_officer": ("/reach", "/reach/table.csv", "/authority/providers"),
    "city_admin": ("/reach", "/account"),
    "platform_admin": ("/account",),
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

    def sign_in(self, link: str) -> None:
        """Use a one-use link: it shows a button, so that looking at it does not use it up."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.ask(link))
        if token is None:
            raise ValueError("shows no button to sign in")
        self.ask(link, {"csrf_token": token[1]})

    def first_link(self, path: str) -> str:
        """Return `path`, or the link it stands for."""
        if not path.endswith("*"):
            return path
        start = path[:-1]
        for link in self.links:
            if link.startswith(start) and link != start:
                return link
        raise ValueError("is linked from no page")


def check(site: str, people: dict[str, dict[str, str]]) -> bool:
    """Say one line for each page of each role; return whether all were well."""
    well = True
    for role, paths in PAGES.items():
        visitor = Visitor(site)
        steps = list(paths)
        if role != "anonymous":
            steps.insert(0, "sign in")
        for step in steps:
            started = time.monotonic()
            try:
                if step == "sign in":
                    visitor.sign_in(people[role]["sign_in"])
                else:
                    step = visitor.first_link(step)
                    visitor.ask(step)
                mark, said = "ok ", f"{(time.monotonic() - started) * 1000:.0f} ms"
            except (KeyError, OSError, ValueError) as reason:
                well, mark = False, "NOT"
                said = (
                    "nobody of this role in the demo"
                    if step == "sign in" and isinstance(reason, KeyError)
                    else str(reason)
                )
            print(f"{mark} {role:18} {step:50.50} {said}", flush=True)
    return well


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
