"""make says what it can do, and asks for what it needs in words."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("target", ["run", "demo", "test", "check", "bench", "chaos", "help"])
def test_help_names_the_target(target: str) -> None:
    # not as a part of the make that may be running these tests
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }
    done = subprocess.run(["make"], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert f"make {target} " in done.stdout


def test_a_machine_without_python_is_told_so() -> None:
    done = subprocess.run(
        [ROOT / "scripts" / "python"], env={"PATH": "", "PYTHON": "python2 nothing"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stderr
