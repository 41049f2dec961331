"""Make .venv hold what a lock names, then this project itself. Standard library only.

    python scripts/environment.py run|dev

Run by the Makefile with whatever Python 3.11+ it found. Doing it again is safe, and instant while
the lock and the project's own metadata are unchanged. Two at once wait for each other. SERAI_INSTALLER=pip does without uv.
"""

import fcntl
import hashlib
import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
Command = list[str | Path]
SATISFIED_BY = {"run": ("run", "dev"), "dev": ("dev",)}  # the dev lock holds every pin of run


class StepFailed(Exception):
    """A command that ended badly; the text is all it printed."""


def main(lock: str) -> None:
    with Path(__file__).open() as mutex:
        _wait_for(mutex)
        if not any(_holds(name) for name in SATISFIED_BY[lock]):
            for name in SATISFIED_BY:  # halfway through, neither is true any more
                _stamp(name).unlink(missing_ok=True)
            _create()
            _install(lock)
        _stamp(lock).write_text(_digest(lock))  # make reads its time, we read its text


def _wait_for(mutex: TextIO) -> None:
    try:
        fcntl.flock(mutex, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Waiting for another make to complete .venv …", flush=True)
        fcntl.flock(mutex, fcntl.LOCK_EX)


def _holds(lock: str) -> bool:
    stamp = _stamp(lock)
    return stamp.exists() and stamp.read_text() == _digest(lock) and _works()


def _stamp(lock: str) -> Path:
    return VENV / f".installed-{lock}"


def _digest(lock: str) -> str:
    """Everything an installation depends on: pins, entry points, packages, and where they lie."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    metadata = [project["project"], project["build-system"], project["tool"]["hatch"], str(ROOT)]
    seen = _lock(lock).read_bytes() + json.dumps(metadata, sort_keys=True).encode()
    return hashlib.sha256(seen).hexdigest()


def _lock(name: str) -> Path:
    return ROOT / "requirements" / f"{name}.txt"


def _works() -> bool:
    """An interrupted creation, or a Python since removed, leaves a .venv that cannot run."""
    if not PYTHON.exists():
        return False
    test = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([PYTHON, "-c", test], capture_output=True, check=False).returncode == 0


def _create() -> None:
    if _works():
        return
    version = ".".join(map(str, sys.version_info[:3]))
    create: Command = [sys.executable, "-m", "venv", "--clear", VENV]
    _step(f"Creating .venv with Python {version}", lambda: _run(create))


def _install(lock: str) -> None:
    names = _lock(lock).read_text().splitlines()
    count = sum("==" in line and not line.startswith((" ", "#")) for line in names)
    what = f"Installing {count} locked packages"
    said = ""
    if _have_uv():
        try:
            _step(f"{what} with uv", lambda: _packages(lock, [UV, "pip"]))
            return
        except StepFailed as e:
            # uv does not read pip's configuration: where pip knows a mirror, uv may find nothing
            reason = str(e).strip().partition("\n")[0]
            print(f"  uv could not ({reason}); trying pip", flush=True)
            said = f"uv said:\n{e}\npip said:\n"
    try:
        _step(f"{what} with pip", lambda: _packages(lock, [PYTHON, "-m", "pip"]))
    except StepFailed as e:
        raise StepFailed(f"{said}{e}") from e


def _have_uv() -> bool:
    if os.environ.get("SERAI_INSTALLER") == "pip":
        return False
    if UV.exists():
        return True
    pip: Command = [PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    try:
        _step("Fetching uv", lambda: _run([*pip, "--require-hashes", "-r", _lock("uv")]))
    except StepFailed:
        print("  uv is not to be had; pip will do", flush=True)
        return False
    return True


def _packages(lock: str, installer: Command) -> None:
    by_uv = installer[0] == UV
    quick = ["--python", PYTHON, "--compile-bytecode"] if by_uv else ["--disable-pip-version-check"]
    install = [*installer, "install", "-q", *quick]
    _run([*install, "--require-hashes", "-r", _lock(lock)])
    _run([*install, "--no-build-isolation", "--no-deps", "-e", ROOT])


def _run(command: Command) -> None:
    env = {k: v for k, v in os.environ.items() if k not in {"PYTHONHOME", "PYTHONPATH", "PIP_USER"}}
    env.setdefault("UV_SYSTEM_CERTS", "true")  # as pip: an office's own authority is trusted here
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise StepFailed(done.stdout)


def _step(title: str, work: Callable[[], None]) -> None:
    print(f"{title} … ", end="", flush=True)
    begun = time.monotonic()
    try:
        work()
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{time.monotonic() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except StepFailed as e:
        sys.exit(f"{e}\nThe environment is not complete; the next make goes on from here.")
    except KeyboardInterrupt:
        sys.exit("Interrupted; the next make goes on from here.")
