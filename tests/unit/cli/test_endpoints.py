"""serai endpoints: lists, what is taken for headers, and what a diagnosis looks like."""

import asyncio
import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from core.application.webhooks.add_endpoint import NewEndpoint, add_endpoint
from core.application.webhooks.add_partner import add_partner
from core.domain.tenancy import Environment, Scope
from core.domain.webhooks.partner import Endpoint, Sees
from core.domain.webhooks.signature import hmac_of, signed_content
from entrypoints.bootstrap import open_hub
from entrypoints.cli.app import app
from entrypoints.cli.endpoints import pasted_headers
from entrypoints.cli.trouble import Trouble
from entrypoints.first_run import at_the_desk, first_run
from entrypoints.settings import Settings

PAIRS = [("webhook-id", "evt_1"), ("Webhook-Signature", "v1,a= v1,b="), ("webhook-id", "evt_1")]
LINES = "\n".join(f"{name}: {value}" for name, value in PAIRS)


@pytest.mark.parametrize(
    "text",
    [
        LINES,
        LINES.replace("\n", "\r\n") + "\r\n\r\n",
        "POST /hooks HTTP/1.1\n" + LINES,
        "> POST /hooks HTTP/1.1\n" + "\n".join(f"> {line}" for line in LINES.splitlines()),
        "  " + LINES.replace("\n", "\n  "),
        json.dumps(PAIRS),
    ],
)
def test_headers_are_read_however_they_were_saved(text: str) -> None:
    assert list(pasted_headers(text)) == PAIRS


def test_an_object_of_json_is_read_too() -> None:
    assert list(pasted_headers('{"a": "1", "b": ["2", "3"]}')) == [
        ("a", "1"), ("b", "2"), ("b", "3"),
    ]  # fmt: skip
    assert list(pasted_headers("")) == []


@pytest.mark.parametrize("text", ["1", '"a"', "[1]", '[["a"]]', "null", "true"])
def test_what_is_json_and_no_headers_is_refused(text: str) -> None:
    with pytest.raises(Trouble, match="neither lines nor a JSON object"):
        list(pasted_headers(text))


class Shop:
    """A hub of its own with one endpoint, and the files of a message signed for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.endpoint = asyncio.run(_an_endpoint(folder))
        self.secret = self.endpoint.secrets[0].value.reveal()
        raw, stamp = b'{"type":"booking.confirmed"}', int(time.time())
        self.digest = hmac_of(self.secret, signed_content("evt_1", stamp, raw))
        token = f"v1,{base64.b64encode(self.digest).decode()}"
        lines = f"webhook-id: evt_1\nwebhook-timestamp: {stamp}\nwebhook-signature: {token}\n"
        (folder / "headers").write_text(lines)
        (folder / "body").write_bytes(raw)
        (folder / "changed").write_bytes(raw + b"\n")

    def diagnoses(self, body: str, *more: str, id: str = "") -> Result:
        files = ("--headers", str(self.folder / "headers"), "--body", str(self.folder / body))
        return run("endpoints", "diagnose", id or self.endpoint.id, *files, *more)


async def _an_endpoint(folder: Path) -> Endpoint:
    async with open_hub(Settings(_env_file=None, data_dir=folder / "var")) as hub:
        await first_run(hub)
        (tenant,) = await hub.store.tenants()
        asking = at_the_desk(Scope(tenant.id, Environment.TEST))
        partner = await add_partner(hub, asking, "Portal", Sees.ALL)
        new = NewEndpoint("https://hooks.example.com/a", ("booking.*",), partner.id)
        return await add_endpoint(hub, asking, new)


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Shop]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SERAI_DATA_DIR", str(tmp_path / "var"))
    yield Shop(tmp_path)
    structlog.reset_defaults()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_endpoints_are_listed_and_shown_without_their_secret(shop: Shop) -> None:
    listed, shown = run("endpoints", "list"), run("endpoints", "show", shop.endpoint.id)
    for done in (listed, shown):
        assert done.exit_code == 0, done.output
        assert shop.endpoint.id in done.stdout
        assert shop.secret not in done.output
    assert "https://hooks.example.com/a" in shown.stdout
    nobody = run("endpoints", "show", "end_none0")
    assert (nobody.exit_code, "there is no endpoint end_none0" in nobody.stderr) == (1, True)


def test_a_message_is_diagnosed_from_two_files(shop: Shop) -> None:
    good = shop.diagnoses("body")
    assert (good.exit_code, good.stdout.strip()) == (0, "✓ It verifies.")
    bad = shop.diagnoses("changed", "--expected", shop.digest.hex())
    assert bad.exit_code == 1
    assert "✗ It does not verify." in bad.stdout
    assert "body_whitespace" in bad.stdout
    assert "digest_in_hex" in bad.stdout
    old = shop.diagnoses("body", "--at", "2020-01-01T00:00:00")
    assert (old.exit_code, "from_the_future" in old.stdout) == (1, True)
    assert shop.secret not in good.output + bad.output + old.output


def test_what_cannot_be_diagnosed_is_said_in_a_sentence(shop: Shop) -> None:
    absent = shop.diagnoses("absent")
    assert (absent.exit_code, "No such file" in absent.stderr) == (1, True), absent.stderr
    same = run("endpoints", "diagnose", "end_1", "--headers", "-", "--body", "-")
    assert (same.exit_code, "in one file" in same.stderr) == (1, True)
    nobody = shop.diagnoses("body", id="end_none0")
    assert (nobody.exit_code, "there is no endpoint" in nobody.stderr) == (1, True)


def test_an_endpoint_is_switched_off_and_on_with_a_reason(shop: Shop) -> None:
    off = run("endpoints", "disable", shop.endpoint.id, "--reason", "moved")
    assert off.exit_code == 0, off.output
    assert "is disabled" in off.stdout
    assert "moved" in run("endpoints", "show", shop.endpoint.id).stdout
    on = run("endpoints", "enable", shop.endpoint.id)
    assert (on.exit_code, "is active" in on.stdout) == (0, True)
    nobody = run("endpoints", "enable", "end_none0")
    assert (nobody.exit_code, "there is no endpoint end_none0" in nobody.stderr) == (1, True)


def test_partners_are_added_listed_and_shown(shop: Shop) -> None:
    added = run("partners", "add", "Safar App", "--sees", "all")
    assert added.exit_code == 0, added.output
    id = added.stdout.split()[0]
    assert id.startswith("ptn_")
    shown, listed = run("partners", "show", id).stdout, run("partners", "list").stdout
    assert "every event of the agency" in shown
    assert {id, shop.endpoint.partner} <= set(listed.split())
    wrong = run("partners", "add", "x", "--sees", "everything")
    assert (wrong.exit_code, "own" in wrong.stderr) == (2, True)


def test_deliveries_are_found_shown_and_sent_again(shop: Shop) -> None:
    told = run("trigger", "booking.confirmed", "--endpoint", shop.endpoint.id, "--wait", "0")
    assert told.exit_code == 0, told.output
    listed = run("deliveries", "list", "--type", "booking.*", "--since", "1h")
    (row,) = [line.split() for line in listed.stdout.splitlines() if "booking." in line]
    assert row[1:4] == ["due", "booking.confirmed", shop.endpoint.id]
    assert "no such deliveries" in run("deliveries", "list", "--state", "exhausted").stdout
    assert "booking.confirmed  evt_" in run("deliveries", "show", row[0]).stdout
    again = run("deliveries", "resend", row[0], "--reason", "asked by phone")
    assert again.exit_code == 0, again.output
    assert again.stdout.split()[0] != row[0]
    assert len(run("deliveries", "list").stdout.splitlines()) == 3
    wrong = run("deliveries", "list", "--type", "moon.full")
    assert (wrong.exit_code, "No event has the type moon.full" in wrong.stderr) == (1, True)


def test_a_trigger_that_nobody_hears_is_no_success(shop: Shop) -> None:
    unheard = run("trigger", "payment.opened", "--endpoint", shop.endpoint.id, "--wait", "0.1")
    assert unheard.exit_code == 1, unheard.output
    unsent = run("trigger", "booking.confirmed", "--endpoint", shop.endpoint.id, "--wait", "0.1")
    assert (unsent.exit_code, "Nothing was sent so far" in unsent.stdout) == (1, True)
