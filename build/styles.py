"""Style sheets: our own, compiled and without the rules that no page uses, and Leaflet's."""

import json
import re
import subprocess
from pathlib import Path

import govuk_frontend_jinja

COMPONENTS = Path(govuk_frontend_jinja.__file__).parent / "templates/components"
NAMES_COMPONENT = re.compile(r"components/([a-z-]+)/")


def own(
    root: Path, sheets: list[Path], rooms: list[Path], published: dict[str, str]
) -> dict[str, bytes]:
    """Return each sheet of `app/styles`, compiled, by the name `....css`.

    A rule stays when its classes are named in a template, in Python, in a script of ours or in
    Leaflet's, or in a component of GOV.UK Frontend that a template uses. `url("lexend.woff2")`
    becomes the address of the published file.
    """
    templates = [path for room in rooms for path in room.rglob("*.html")]
    content = [
        *templates,
        *(path for room in rooms for path in room.rglob("*.py")),
        *root.glob("app/scripts/*.js"),
        root / "node_modules/leaflet/dist/leaflet-src.js",
        *_components_of(templates),
    ]
    wanted = {"sheets": list(map(str, sheets)), "content": list(map(str, content))}
    answer = subprocess.run(
        ["node", root / "build/styles.mjs"],
        input=json.dumps(wanted),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    compiled = json.loads(answer.stdout)
    return {name: _address(css, published).encode() for name, css in compiled.items()}


def leaflet(files: Path) -> dict[str, bytes]:
    """Return Leaflet's script and style sheet. Its pictures of pins and layers are not used."""
    script = re.sub(r"\n//# sourceMappingURL=.*", "", (files / "leaflet.js").read_text())
    css = re.sub(r"url\(images/[^)]*\)", "none", (files / "leaflet.css").read_text())
    return {"leaflet.js": script.encode(), "leaflet.css": css.encode()}


def _components_of(templates: list[Path]) -> list[Path]:
    """Return the templates of the GOV.UK components that `templates` use, and those they use."""
    found: list[Path] = []
    to_read, seen = list(templates), set()
    while to_read:
        for name in NAMES_COMPONENT.findall(to_read.pop().read_text()):
            if name not in seen:
                seen.add(name)
                parts = sorted((COMPONENTS / name).glob("*.html"))
                found += parts
                to_read += parts
    return found


def _address(css: str, published: dict[str, str]) -> str:
    def rename(match: re.Match[str]) -> str:
        return f'url("{published.get(match[1], match[1])}")'

    return re.sub(r"""url\(["']?([\w.-]+)["']?\)""", rename, css)
