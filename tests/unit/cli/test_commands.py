"""The command line's words: help that helps, one sentence for what goes wrong, exit codes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from entrypoints.cli.app import app

COMMANDS = [
    ["serve"], ["worker"], ["sandbox"], ["demo"], ["migrate"], ["backup"], ["restore"], ["doctor"],
    ["keys", "create"], ["keys", "list"], ["keys", "revoke"],
    ["connections", "list"], ["connections", "add"], ["connections", "test"],
    ["connections", "rotate-secret"], ["connections", "disable"], ["connections", "enable"],
    ["listen"], ["trigger"], ["endpoints", "test"],
    ["channels", "status"], ["channels", "add"], ["channels", "change"], ["channels", "show"],
    ["channels", "catalogue"], ["channels", "map"], ["channels", "unmap"], ["channels", "ignore"],
    ["reservations", "list"], ["reservations", "show"],
    ["inbox", "list"], ["inbox", "show"], ["inbox", "retry"], ["inbox", "dismiss"],
    ["signing-keys", "list"], ["signing-keys", "rotate"],
    ["bookings", "list"], ["bookings", "show"], ["bookings", "resolve"],
    ["endpoints", "list"], ["endpoints", "show"], ["endpoints", "diagnose"],
    ["endpoints", "disable"], ["endpoints", "enable"],
    ["partners", "add"], ["partners", "list"], ["partners", "show"],
    ["deliveries", "list"], ["deliveries", "show"], ["deliveries", "resend"],
    ["recoveries", "start"], ["recoveries", "list"], ["recoveries", "show"],
    ["recoveries", "pause"], ["recoveries", "resume"], ["recoveries", "cancel"],
    ["recoveries", "pace"],
    ["payments", "resolve"], ["refunds", "resolve"], ["people", "erase"], ["audit", "verify"],
]  # fmt: skip


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """In an empty folder, with a hub of its own that does not exist yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SERAI_DATA_DIR", str(tmp_path / "var"))
    yield
    structlog.reset_defaults()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_says_what_it_does(command: list[str]) -> None:
    done = run(*command, "--help")
    assert done.exit_code == 0, done.output
    said = done.stdout.partition("\n\n")[2].partition("Options:")[0]
    assert len(said.split()) >= 5, said


def test_bare_serai_shows_every_command() -> None:
    shown = run("--help").stdout
    for name, *_ in COMMANDS:
        assert f"  {name} " in shown


@pytest.mark.parametrize("arguments", [["keys", "revoke"], ["nonsense"], ["serve", "--port", "x"]])
def test_wrong_usage_is_exit_2(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [["keys", "list"], ["bookings", "list"], ["audit", "verify"], ["backup", "file"]],
    ids=" ".join,
)
def test_without_a_database_nothing_is_made_and_it_is_said(
    arguments: list[str], tmp_path: Path
) -> None:
    done = run(*arguments)
    assert done.exit_code == 1
    assert "There is no database at" in done.stderr
    assert "SERAI_DATA_DIR" in done.stderr
    assert "Traceback" not in done.output
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_setting_is_named_and_its_value_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SERAI_PORT", "fakeSecretInTheWrongPlace")
    done = run("migrate")
    assert done.exit_code == 1
    assert "SERAI_PORT: input should be a valid integer" in done.stderr
    assert "fakeSecret" not in done.output


def test_with_debug_the_error_itself_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERAI_PORT", "x")
    assert type(run("--debug", "migrate").exception).__name__ == "ValidationError"


def test_postgresql_needs_a_key_before_anything_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERAI_DATABASE_URL", "postgresql+asyncpg://u:fakePassword@127.0.0.1:1/d")
    done = run("migrate")
    assert done.exit_code == 1
    assert "SERAI_ENCRYPTION_KEYS is required" in done.stderr
    assert "fakePassword" not in done.output


def test_there_is_no_worker_on_sqlite() -> None:
    done = run("worker")
    assert done.exit_code == 1
    assert "On SQLite the loops run inside `serai serve`" in done.stderr


def test_migrate_makes_the_database_and_its_key(tmp_path: Path) -> None:
    assert "at revision" in run("migrate").stdout
    assert run("migrate").exit_code == 0
    made = {path.name for path in (tmp_path / "var").iterdir()}
    assert {"serai.db", "serai.key"} <= made
    assert (tmp_path / "var" / "serai.key").stat().st_mode & 0o077 == 0
    nobody = run("keys", "list")
    assert "There is no agency in this database yet." in nobody.stderr


def test_doctor_finds_no_database_and_says_how_to_get_one(tmp_path: Path) -> None:
    done = run("doctor")
    assert done.exit_code == 1
    said = " ".join(done.stdout.split())
    assert "✗ database There is no database at" in said
    assert "serai serve or serai migrate makes it" in said
    assert "1 of 2 need mending." in said
    assert list(tmp_path.iterdir()) == []


def test_doctor_misses_the_key_of_a_database_that_has_one(tmp_path: Path) -> None:
    run("migrate")
    (tmp_path / "var" / "serai.key").unlink()
    said = " ".join(run("doctor").stdout.split())
    assert "✗ encryption key There is no" in said
    assert "Put the key back" in said
    assert not (tmp_path / "var" / "serai.key").exists()


def test_doctor_names_settings_that_cannot_work_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERAI_REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("SERAI_EGRESS_ALLOW", '["127.0.0.1/8"]')
    run("migrate")
    said = " ".join(run("doctor").stdout.split())
    assert "the database is SQLite, which one process serves" in said
    assert "SERAI_EGRESS_ALLOW names '127.0.0.1/8', which is not a CIDR range" in said
