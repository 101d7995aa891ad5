"""The way in: pins that lead nowhere but to their hashes, and commands that explain themselves."""

import json
import os
import re
import socket
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
REQUIREMENTS = ["requirements.txt", "requirements-dev.txt"]
PINS = [*REQUIREMENTS, "package.json", "package-lock.json"]
COMMANDS = sorted(
    path.name for path in (ROOT / "script").iterdir() if path.is_file() and os.access(path, os.X_OK)
)


@pytest.mark.parametrize("name", PINS)
def test_pins_name_no_host_to_fetch_from(name):
    pins = (ROOT / name).read_text()

    found = re.findall(r'https?://[^\s"]+|"resolved"|--[a-z-]*index-url|--find-links', pins)

    assert found == []


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_python_package_has_an_exact_version_and_a_hash(name):
    entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^ *#.*\n", "", (ROOT / name).read_text()).strip())

    assert [entry for entry in entries if not re.match(r"[\w.-]+==\S+ ", entry)] == []
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_every_npm_package_has_an_exact_version_and_a_hash():
    asked = json.loads((ROOT / "package.json").read_text())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]

    versions = [*asked["dependencies"].values(), *asked["devDependencies"].values()]
    assert [version for version in versions if not re.fullmatch(r"[\d.]+", version)] == []
    assert [name for name, entry in locked.items() if name and "integrity" not in entry] == []


def test_the_pins_hold_what_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    pinned = set(re.findall(r"(?m)^([\w-]+)==", (ROOT / "requirements.txt").read_text()))

    asked = {re.split(r"[^\w-]", wish)[0] for wish in project["project"]["dependencies"]}

    assert asked - pinned == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_says_how_it_is_used(command):
    answer = subprocess.run(
        [ROOT / "script" / command, "--help"], capture_output=True, text=True, check=True
    )

    assert answer.stdout.startswith(f"Usage: script/{command}")


@pytest.mark.parametrize("command", ["setup", "demo"])
def test_a_command_refuses_a_word_that_it_does_not_know(command):
    answer = subprocess.run(
        [ROOT / "script" / command, "--nonsense"], capture_output=True, text=True, check=False
    )

    assert (answer.returncode, answer.stdout) == (2, "")
    assert (
        answer.stderr == f"script/{command} does not know --nonsense; see script/{command} --help\n"
    )


def test_a_demo_says_that_its_port_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        answer = subprocess.run(
            [ROOT / "script/demo"],
            env=os.environ | {"PORT": str(port)},
            capture_output=True,
            text=True,
            check=False,
        )

    assert answer.returncode == 1
    assert f"Port {port} is in use." in answer.stderr
