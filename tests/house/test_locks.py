"""The locks pin everything by hash, agree with each other, and no file names where it comes from."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent.parent
LOCKS = ("uv", "run", "dev")
# in pieces, or this file would be the first to be found
HOSTS, OPTION, PATH = ("py" + "pi.org", "python" + "hosted.org"), "index" + "-url", "/simp" + "le/"
INDEX = re.compile("|".join(map(re.escape, (*HOSTS, OPTION, PATH))), re.IGNORECASE)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_is_exact_and_hashed(lock: str) -> None:
    entries = _entries(lock)
    assert entries
    assert [
        e for e in entries if not re.match(r"[\w.-]+==\S+", e) or "--hash=sha256:" not in e
    ] == []


def test_the_dev_lock_holds_every_pin_of_the_run_lock() -> None:
    """So an environment for tests serves `make run` and `make demo` too."""
    run, dev = _pins("run"), _pins("dev")
    assert {name: dev.get(name) for name in run} == run


@pytest.mark.parametrize(("lock", "groups"), [("run", ["build"]), ("dev", ["build", "dev"])])
def test_the_lock_answers_the_ranges(lock: str, groups: list[str]) -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = list(pyproject["project"]["dependencies"])
    asked += [line for group in groups for line in pyproject["dependency-groups"][group]]
    pins = _pins(lock)
    for requirement in map(Requirement, asked):
        assert pins[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def test_no_file_names_a_package_index() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git clone, so nothing says which files are the project's")
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    assert ROOT / "pyproject.toml" in files
    named = [f for f in files if f.is_file() and INDEX.search(f.read_text(errors="replace"))]
    assert named == []


@pytest.mark.parametrize("line", [f"--{OPTION} x", f"https://{HOSTS[0]}/a", f"http://mirror{PATH}"])
def test_an_address_would_be_found(line: str) -> None:
    assert INDEX.search(line)


def _entries(lock: str) -> list[str]:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text().replace("\\\n", " ")
    return [
        line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]


def _pins(lock: str) -> dict[str, str]:
    pairs = (entry.split()[0].split("==") for entry in _entries(lock))
    return {canonicalize_name(name): version for name, version in pairs}
