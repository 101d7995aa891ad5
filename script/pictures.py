"""Take the pictures of the README from a running demo; `script/pictures` runs this.

Reads what `flask demo load --json` printed from standard input.
"""

import json
import os
import sys
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 860}

#: Name, who looks, with what, at which page, and what to press once it stands.
PICTURES = (
    ("find", None, DESK, "/", ""),
    ("profile", "learner", DESK, "/me", ""),
    ("door", "provider_admin", PHONE, "/provide", "a[href*='/door/'] >> nth=0"),
    ("reach", "authority_officer", DESK, "/reach", ""),
)


def sign_in(page: Page, link: str) -> None:
    page.goto(link)
    page.click("main form button")


def take(page: Page, address: str, press: str, file: Path) -> None:
    page.goto(address)
    if press:
        page.click(press)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    page.screenshot(path=file)
    print(file)


def main(site: str, folder: Path, links: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"],
            args=["--no-sandbox", "--disable-dev-shm-usage"],
        )
        for name, who, size, address, press in PICTURES:
            page = browser.new_page(viewport=size, base_url=site)
            if who:
                sign_in(page, links[who])
            take(page, address, press, folder / f"{name}.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    people = {person["role"]: person["sign_in"] for person in json.load(sys.stdin)}
    main(sys.argv[1], Path(sys.argv[2]), people)
