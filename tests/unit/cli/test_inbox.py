"""serai inbox: what was quarantined is found, shown without its bytes, retried or dismissed."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from core.application.connections.add_connection import NewConnection, add_connection
from core.application.settle_message import Why, quarantine
from core.application.tenants.add_tenant import list_entities
from core.domain.inbound.inbox import InboxMessage
from core.domain.tenancy import Environment, Scope
from entrypoints.bootstrap import open_hub
from entrypoints.cli.app import app
from entrypoints.first_run import at_the_desk, first_run
from entrypoints.settings import Settings
from ports.paging import Page

RAW = b'{"id": "evt_1", "guest": "Siti Contoh"}'
WHY = "amount is SAR 0.01, not SAR 1,000.00"
STRIPE = {"api_key": "sk_test_notARealKey", "webhook_secret": "whsec_notARealSecret"}


@pytest.fixture
def message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[InboxMessage]:
    """In a hub of its own, quarantined."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SERAI_DATA_DIR", str(tmp_path / "var"))
    yield asyncio.run(_quarantined(tmp_path))
    structlog.reset_defaults()


async def _quarantined(folder: Path) -> InboxMessage:
    async with open_hub(Settings(_env_file=None, data_dir=folder / "var")) as hub:
        await first_run(hub)
        (tenant,) = await hub.store.tenants()
        asking = at_the_desk(Scope(tenant.id, Environment.TEST))
        (entity, *_) = await list_entities(hub, asking, Page())
        new = NewConnection("stripe", "Stripe", entity.id, STRIPE)
        connection = await add_connection(hub, asking, new)
        came = datetime(2026, 11, 28, 7, 30, tzinfo=UTC)
        id = hub.mint.id("inb")
        kept = InboxMessage(id, connection.id, "evt_1", "checkout.session.completed", RAW, came)
        async with hub.store.begin(asking.scope) as tx:
            await tx.receive(kept)
            return await quarantine(hub, tx, kept, Why("pay_1", WHY))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def words(done: Result) -> str:
    assert done.exit_code == 0, done.output
    return " ".join(done.stdout.split())


def test_what_waits_for_a_person_is_found_and_shown_without_its_bytes(
    message: InboxMessage,
) -> None:
    listed = words(run("inbox", "list", "--state", "quarantined"))
    assert message.id in listed
    assert f"pay_1: {WHY}" in listed
    here = words(run("inbox", "list", "--connection", message.connection))
    assert here == words(run("inbox", "list"))
    assert words(run("inbox", "list", "--state", "dismissed")) == "There are no such messages."
    assert words(run("inbox", "list", "--connection", "con_none0")) == "There are no such messages."
    shown = words(run("inbox", "show", message.id))
    for said in (WHY, "their id evt_1", "received 2026-11-28 07:30:00 UTC", "attempts 1"):
        assert said in shown
    assert f"serai inbox retry {message.id}" in shown
    assert "Siti" not in listed + shown
    for command in (("show",), ("retry",), ("dismiss", "--reason", "x")):
        nobody = run("inbox", command[0], "inb_none0", *command[1:])
        assert (nobody.exit_code, "there is no message inb_none0" in nobody.stderr) == (1, True)


def test_one_is_retried_as_the_doctor_says_and_not_to_be_handled_meanwhile(
    message: InboxMessage,
) -> None:
    told = " ".join(run("doctor").stdout.split())
    assert f"the newest ({message.id}): pay_1: {WHY}." in told
    assert f"serai inbox retry {message.id}" in told
    retried = words(run("inbox", "retry", message.id, "--reason", "mended"))
    assert f"{message.id} is received now, and read in a moment." in retried
    shown = words(run("inbox", "show", message.id))
    assert "reason mended" in shown
    assert "last retried" in shown
    assert "serai inbox retry" not in shown
    twice = run("inbox", "retry", message.id)
    assert (twice.exit_code, "read by itself" in twice.stderr) == (1, True)


def test_one_is_dismissed_for_good_with_its_reason(message: InboxMessage) -> None:
    assert run("inbox", "dismiss", message.id).exit_code == 2
    blank = run("inbox", "dismiss", message.id, "--reason", " ")
    assert (blank.exit_code, "✗ --reason say why nothing is" in blank.stderr) == (1, True)
    assert words(run("inbox", "dismiss", message.id, "--reason", "paid by hand")) == (
        f"{message.id} is dismissed now."
    )
    shown = words(run("inbox", "show", message.id))
    for said in ("state dismissed", WHY, "reason paid by hand", "dismissed 20"):
        assert said in shown
    late = run("inbox", "retry", message.id)
    assert (late.exit_code, "is dismissed" in late.stderr) == (1, True)
