"""What a newcomer reads when the sandbox starts: enough to connect, and to map a property."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from entrypoints.cli.app import app
from entrypoints.cli.serving import tell
from entrypoints.sandbox import STALLS, Stall

WHERE = "http://127.0.0.1:8900"
CHANNELS = {stall.adapter: stall for stall in STALLS if stall.sells}


def test_every_channel_says_what_it_sells(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(CHANNELS) == {"siteminder", "expedia", "channex"}
    for stall in CHANNELS.values():
        tell(stall, WHERE)
        said = capsys.readouterr().out
        for property in stall.sells:
            assert f"property {property.code}" in said
            for room in property.rooms:
                assert f"room {room.code}  {room.name}" in said
                assert all(f"plan {plan.code}  {plan.name}" in said for plan in room.plans)


@pytest.mark.parametrize("stall", STALLS, ids=lambda stall: stall.adapter)
def test_the_command_that_is_printed_connects(
    stall: Stall, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every field that the adapter needs is in it, but for what its note says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SERAI_DATA_DIR", str(tmp_path / "var"))
    for before in (
        ["migrate"],
        ["tenants", "add", "Agency", "--country", "SA", "--currency", "SAR"],
    ):
        assert CliRunner().invoke(app, before).exit_code == 0
    _, *words = shlex.split(stall.command(WHERE))
    stdin = ""
    if "<<<" in words:
        *words, _, text = words
        stdin = text.removeprefix("$").replace("\\n", "\n")
    done = CliRunner().invoke(app, words, input=stdin)
    if stall.note:
        assert "needs private_key" in done.stderr
    else:
        assert done.exit_code == 0, done.stderr
