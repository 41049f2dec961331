"""What `make demo` runs, as a process of its own, and that it cannot claim what is not so."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from entrypoints.demo.journey import CHAPTERS, STEPS, title_of
from entrypoints.demo.play import _step
from entrypoints.demo.processes import environment
from entrypoints.demo.stage import Stage
from tests.e2e.harness import Rig, staged
from tests.patience import PATIENCE_S


def test_the_demo_prints_every_step_and_ends_well(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "entrypoints.cli", "demo"],
        env=environment({}) | {"TMPDIR": str(tmp_path), "COLUMNS": "200"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=10 * PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for step in STEPS:
        assert title_of(step) in done.stdout
    for chapter in CHAPTERS:
        assert chapter in done.stdout
    assert "✗" not in done.stdout
    assert "serai_test_" not in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == [], "it leaves nothing behind"


def _lie(stage: Stage) -> None:
    """A step that finds something else"""
    stage.verify("two and two are five", 2 + 2, 5)


def _fall(stage: Stage) -> None:
    """A step whose request fails"""
    stage.call("GET", "/v1/bookings/bkg_00000000000000000000000000")


@pytest.mark.parametrize(("step", "said"), [(_lie, "found 4, wanted 5"), (_fall, "404, not 200")])
def test_a_step_that_is_not_verified_fails_and_shows_the_logs(
    travelled: Rig, step: object, said: str
) -> None:
    told = io.StringIO()
    with staged(travelled) as stage:
        good = _step(Console(file=told, width=200), travelled, stage, step)  # type: ignore[arg-type]
    assert not good
    assert said in told.getvalue()
    assert "The log of the hub ends" in told.getvalue()
    assert "request.answered" in told.getvalue()
    assert travelled.admin_key not in told.getvalue()


def test_a_bare_machine_is_told_what_the_options_need(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "entrypoints.cli", "demo", "--redis", "redis://127.0.0.1:1/0"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 1
    assert "--postgres and --redis go together" in done.stderr
