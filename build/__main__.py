"""Make everything that is served but not committed: `script/build` runs `python build`.

Each part is made again only when what it is made from has changed. What browsers fetch goes into
`app/static/dist/` under a name that holds a hash of its content, so that it can be kept for a
year; `manifest.json` there leads from the plain name to that one.
"""

import gzip
import hashlib
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import brotli
import icons
import styles

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "app/static/dist"
CONTEXTS = ROOT / "badges/contexts"
#: Rooms that name icons of theirs in `icons.txt`, and read them from `icons/`.
WITH_ICONS = (ROOT / "badges", ROOT / "record")
PAPER_FONTS = ROOT / "app/fonts"
NODE_MODULES = ROOT / "node_modules"
#: No npm package holds it; `docs/decisions/0020-a-record-in-one-file.md` says why it comes from here.
CLR_CONTEXT = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
CLR_CONTEXT_FILE = "openbadgeslib/ob3/contexts/clr_context_2.0.1.json"
#: An open page may still ask for what a newer build has replaced.
KEEP_REPLACED_S = 24 * 60 * 60

#: Names that browsers ask for, in plain, and the content of each.
Assets = dict[str, bytes]


@dataclass(frozen=True)
class Part:
    """One kind of asset: what it is made from, how, and which files it leaves elsewhere."""

    name: str
    made_from: Callable[[], Iterable[Path]]
    make: Callable[[dict[str, str]], Assets]
    leaves: Callable[[], Iterable[Path]] = tuple


def make_fonts(_published: dict[str, str]) -> Assets:
    import fonts  # imports more than all the rest, and is seldom needed

    return fonts.lexend(NODE_MODULES / "@fontsource-variable/lexend/files")


def make_paper(_published: dict[str, str]) -> Assets:
    import fonts

    PAPER_FONTS.mkdir(exist_ok=True)
    for name, font in fonts.for_paper(NODE_MODULES / "@fontsource-variable/lexend/files").items():
        (PAPER_FONTS / name).write_bytes(font)
    return {}


def make_leaflet(_published: dict[str, str]) -> Assets:
    return styles.leaflet(NODE_MODULES / "leaflet/dist")


def make_scripts(_published: dict[str, str]) -> Assets:
    return {path.name: without_comments(path.read_text()).encode() for path in own_scripts()}


def make_styles(published: dict[str, str]) -> Assets:
    return styles.own(ROOT, own_styles(), rooms(), published)


def make_icons(_published: dict[str, str]) -> Assets:
    for room in WITH_ICONS:
        icons.write(NODE_MODULES / "@iconify-json/lucide/icons.json", room)
    return {}


def make_contexts(_published: dict[str, str]) -> Assets:
    # Found without being imported: of this package the site wants a file and no code.
    records = distribution("openbadgeslib").locate_file(CLR_CONTEXT_FILE)
    command = ["node", ROOT / "build/contexts.mjs", CONTEXTS, f"{CLR_CONTEXT}={records}"]
    subprocess.run(command, check=True)
    return {}


def make_translations(_published: dict[str, str]) -> Assets:
    if catalogues():
        compiling = ["pybabel", "-q", "compile", "-d", ROOT / "app/translations"]
        subprocess.run(compiling, check=True)
    return {}


def rooms() -> list[Path]:
    """Return the packages of the application: what may name a class of the style sheet."""
    packages = {path.parent for path in ROOT.glob("[a-z]*/__init__.py")}
    return sorted(packages - {ROOT / "tests", ROOT / "build"})


def own_scripts() -> list[Path]:
    return sorted(ROOT.glob("app/scripts/*.js"))


def without_comments(script: str) -> str:
    """Return a script of ours as it travels: a line that is a comment is for who reads the source."""
    return re.sub(r"^ *//.*\n", "", script, flags=re.MULTILINE)


def own_styles() -> list[Path]:
    """Return the style sheets to compile; one that begins with `_` is part of others."""
    return sorted(ROOT.glob("app/styles/[!_]*.scss"))


def catalogues() -> list[Path]:
    return sorted(ROOT.glob("app/translations/*/LC_MESSAGES/*.po"))


def what_names_classes() -> list[Path]:
    """Return what the style sheets are made from, and what decides which rules stay."""
    written = (path for room in rooms() for path in (*room.rglob("*.py"), *room.rglob("*.html")))
    return [*sorted(ROOT.glob("app/styles/**/*.scss")), *own_scripts(), *sorted(written)]


#: In the order of making: style sheets name the fonts.
PARTS = (
    Part("fonts", tuple, make_fonts),
    Part("paper", tuple, make_paper, leaves=lambda: [PAPER_FONTS / "lexend-400.ttf"]),
    Part("leaflet", tuple, make_leaflet),
    Part("scripts", own_scripts, make_scripts),
    Part("styles", what_names_classes, make_styles),
    Part(
        "icons",
        lambda: [room / "icons.txt" for room in WITH_ICONS],
        make_icons,
        leaves=lambda: [room / "icons" for room in WITH_ICONS],
    ),
    Part(
        "contexts",
        lambda: [ROOT / "requirements.txt"],
        make_contexts,
        leaves=lambda: [CONTEXTS / "index.json"],
    ),
    Part(
        "translations",
        catalogues,
        make_translations,
        leaves=lambda: [path.with_suffix(".mo") for path in catalogues()],
    ),
)


def build() -> None:
    DIST.mkdir(parents=True, exist_ok=True)
    record = DIST / ".made.json"
    made: dict[str, dict[str, Any]] = json.loads(record.read_text()) if record.exists() else {}
    published: dict[str, str] = {}
    for part in PARTS:
        seal = seal_of(part, published)
        last: dict[str, Any] = made.get(part.name) or {"seal": None, "files": {}}
        if last["seal"] != seal or not all(path.exists() for path in left_by(part, last["files"])):
            print(f"Building the {part.name}...", flush=True)
            files = {name: publish(name, data) for name, data in part.make(published).items()}
            last = made[part.name] = {"seal": seal, "files": files}
            write(record, json.dumps(made, indent=1).encode())
        published |= last["files"]
    write(DIST / "manifest.json", json.dumps(published, indent=1).encode())
    sweep(published)


def seal_of(part: Part, published: dict[str, str]) -> str:
    """Return a hash of all that `part` is made from: its files, the pins, this builder."""
    seal = hashlib.sha256(json.dumps(published).encode())
    tools = [ROOT / "package-lock.json", *sorted(Path(__file__).parent.glob("*.*"))]
    for path in (*tools, *part.made_from()):
        if path.is_file():
            seal.update(f"{path.relative_to(ROOT)} {path.stat().st_size} ".encode())
            seal.update(path.read_bytes())
    return seal.hexdigest()


def left_by(part: Part, files: dict[str, str]) -> list[Path]:
    return [*part.leaves(), *(DIST / name for name in files.values())]


def publish(name: str, content: bytes) -> str:
    """Write an asset under a name made from its content, packed too; return that name."""
    stem, dot, kind = name.rpartition(".")
    hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}{dot}{kind}"
    write(DIST / hashed, content)
    if kind != "woff2":  # packed already
        write(DIST / f"{hashed}.gz", gzip.compress(content, 9, mtime=0))
        write(DIST / f"{hashed}.br", brotli.compress(content))
    return hashed


def write(path: Path, content: bytes) -> None:
    """Replace a file in one step: a server may be reading it."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(content)
    fresh.replace(path)


def sweep(published: dict[str, str]) -> None:
    """Remove what newer builds have replaced, once no open page can want it."""
    wanted = {"manifest.json", ".made.json"}
    wanted |= {name + packed for name in published.values() for packed in ("", ".gz", ".br")}
    for path in DIST.iterdir():
        if path.name not in wanted and time.time() - path.stat().st_mtime > KEEP_REPLACED_S:
            path.unlink()


if __name__ == "__main__":
    build()
