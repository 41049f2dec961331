"""listen, trigger and test as a developer runs them: real processes, on SQLite."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from core.application.webhooks.send_test import WAIT_MAX_S
from core.domain.events.scenarios import SCENARIOS
from entrypoints.demo.processes import environment, free_port, wait_until
from tests.e2e.harness import Rig
from tests.patience import PATIENCE_S

SECRET = "whsec_" + "bm90LWEtcmVhbC1zZWNyZXQtMDAwMDAwMA=="  # an invented one
READY = "Ctrl-C ends it."
LONGEST = f"{WAIT_MAX_S:g}"  # that they wait for an attempt
_ENDPOINT = re.compile(r"end_[0-9a-z]{26}")
_HEARD = re.compile(r"^\S+  (\S+) +([a-z]{3}_\w+)#(\d+)  test  ✓ verified  → (\d+)", re.MULTILINE)


class Listening:
    """A `serai listen` in a terminal of its own."""

    def __init__(self, log: Path, process: subprocess.Popen[bytes], port: int) -> None:
        self._log, self._process = log, process
        self.url = f"http://127.0.0.1:{port}"

    @property
    def printed(self) -> str:
        return self._log.read_text("utf-8")

    @property
    def endpoint(self) -> str:
        found = _ENDPOINT.search(self.printed)
        assert found is not None, self.printed
        return found.group()

    def prints(self, text: str, times: int = 1) -> None:
        wait_until(lambda: self.printed.count(text) >= times, within_s=PATIENCE_S)

    def interrupt(self) -> int:
        """The first Ctrl-C; the exit code."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(PATIENCE_S)


@contextlib.contextmanager
def listening(
    folder: Path, *arguments: str, settings: dict[str, str] | None = None, **env: str
) -> Iterator[Listening]:
    log, port = folder / "listen.log", free_port()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "entrypoints.cli", "listen", "--port", str(port), *arguments],
            env=environment(settings or {"data_dir": str(folder / "var")}) | env,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        made = Listening(log, process, port)
        wait_until(lambda: READY in made.printed or process.poll() is not None, within_s=PATIENCE_S)
        yield made
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    with Rig() as made:
        yield made


def test_a_scenario_is_seen_whole_verified_and_in_order(rig: Rig) -> None:
    scenario = SCENARIOS["booking_lifecycle"]
    with listening(rig.folder, settings=rig.settings) as heard:
        told = rig.serai("trigger", scenario.name, "--wait", LONGEST)
        assert told.returncode == 0, told.stderr
        assert told.stdout.count("✓ 200") == len(scenario.steps), told.stdout
        heard.prints("✓ verified", times=len(scenario.steps))
        lines = _HEARD.findall(heard.printed)
        assert [type for type, *_ in lines] == [s.type for s in scenario.steps]
        assert {status for *_, status in lines} == {"200"}

        tested = rig.serai("endpoints", "test", heard.endpoint, "--wait", LONGEST)
        assert (tested.returncode, tested.stdout[:5]) == (0, "✓ 200"), tested.stderr
        assert "endpoint.ping" in tested.stdout
        assert heard.interrupt() == 0
        summary = "8 verified, 0 not verified, 0 repeated, 0 late, 0 missing."
        assert heard.printed.rstrip().endswith(summary)
        assert "Traceback" not in heard.printed
    after = rig.serai("endpoints", "test", heard.endpoint)
    assert after.returncode == 1
    assert "disabled (serai listen)" in after.stderr


def test_the_api_shows_what_a_worker_elsewhere_sent(postgres_url: str, redis_url: str) -> None:
    with (
        Rig(postgres=postgres_url, redis=redis_url) as rig,
        listening(rig.folder, settings=rig.settings) as heard,
    ):
        path = f"{rig.hub_url}/v1/endpoints/{heard.endpoint}/test?wait_s={LONGEST}"
        key = {"authorization": f"Bearer {rig.admin_key}"}
        told = httpx.post(path, headers=key, timeout=PATIENCE_S).json()
        assert told["delivery"]["state"] == "succeeded", told
        assert [t["status"] for t in told["tries"]] == [200]
        heard.prints("endpoint.ping")
        assert heard.interrupt() == 0


def test_a_bad_receiver_is_shown_as_it_is(rig: Rig) -> None:
    with listening(rig.folder, "--answer", "500", settings=rig.settings) as heard:
        booked = ("--type", "booking.confirmed", "--wait", LONGEST)
        tested = rig.serai("endpoints", "test", heard.endpoint, *booked)
        assert (tested.returncode, tested.stdout[:5]) == (1, "✗ 500"), tested.stderr
        assert "exhausted" in tested.stdout
        assert "HTTP 500" in tested.stdout
        heard.prints("→ 500")
        there = ("--endpoint", heard.endpoint, "--wait", LONGEST)
        triggered = rig.serai("trigger", "booking.confirmed", *there)
        assert (triggered.returncode, "✗ 500" in triggered.stdout) == (1, True), triggered.stderr
        assert heard.interrupt() == 0


def test_a_slow_receiver_is_sent_away_at_ctrl_c(rig: Rig) -> None:
    with listening(rig.folder, "--delay", "60", settings=rig.settings) as heard:
        late = rig.serai("endpoints", "test", heard.endpoint, "--wait", "3")
        assert (late.returncode, "was not sent within 3 s" in late.stderr) == (1, True)
        assert heard.interrupt() == 0
        assert "→ 503" in heard.printed
        assert "Traceback" not in heard.printed


def test_what_can_be_triggered_is_listed(rig: Rig) -> None:
    listed = rig.serai("trigger", "--list")
    for name in (*SCENARIOS, "endpoint.ping"):
        assert f"  {name} " in listed.stdout
    unknown = rig.serai("trigger", "moon_full")
    assert (unknown.returncode, "serai trigger --list" in unknown.stderr) == (1, True)


def a_message(id: str, sequence: int, *, minutes_ago: int = 0) -> tuple[bytes, dict[str, str]]:
    """As Serai sends it, signed by the independent library."""
    raw = (
        f'{{"id":"{id}","type":"booking.amended","timestamp":"2026-12-01T08:00:00Z",'
        f'"schema":"booking/1","subject":"bkg_1","sequence":{sequence},"data":{{}}}}'
    )
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    headers = {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(SECRET).sign(id, at, raw),
    }
    return raw.encode(), headers


ONE, TWO, FOUR = (f"evt_{'0' * 25}{n}" for n in (1, 2, 4))


def test_repeats_gaps_and_late_ones_are_marked(tmp_path: Path) -> None:
    with (
        listening(tmp_path, WEBHOOK_SECRET=SECRET) as heard,
        httpx.Client(timeout=PATIENCE_S) as client,
    ):
        for id, sequence in ((ONE, 1), (FOUR, 4), (TWO, 2), (TWO, 2)):
            raw, headers = a_message(id, sequence)
            assert client.post(heard.url, content=raw, headers=headers).status_code == 200
        assert "bkg_1#4  ✓ verified, gap: #2 to #3 not seen" in heard.printed
        assert "bkg_1#2  ✓ verified, late: after #4" in heard.printed
        assert "bkg_1#2  ✓ verified, again: 2nd time" in heard.printed
        assert heard.interrupt() == 0
        summary = "4 verified, 0 not verified, 1 repeated, 1 late, 1 missing."
        assert heard.printed.rstrip().endswith(summary)
        assert SECRET not in heard.printed


def test_what_does_not_verify_is_refused_with_the_reason(tmp_path: Path) -> None:
    with (
        listening(tmp_path, "--secret", SECRET) as heard,
        httpx.Client(timeout=PATIENCE_S) as client,
    ):
        raw, headers = a_message(ONE, 1)
        spaced = raw.replace(b":", b": ")
        assert client.post(heard.url, content=spaced, headers=headers).status_code == 400
        raw, headers = a_message(ONE, 1, minutes_ago=7)
        assert client.post(heard.url, content=raw, headers=headers).status_code == 400
        assert client.get(heard.url).status_code == 405
        assert client.post(heard.url, content=b"x" * 1_100_000).status_code == 413
        assert heard.printed.count("✗ not verified") == 2
        assert "300 s" in heard.printed
        assert "✓" not in heard.printed
        assert "larger than any webhook" in heard.printed


class App(BaseHTTPRequestHandler):
    """The developer's own: takes what verifies."""

    seen: list[bytes]

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["content-length"]))
        self.seen.append(raw)
        try:
            Webhook(SECRET).verify(raw, {n.lower(): v for n, v in self.headers.items()})
            status, said = 202, b"thank you"
        except Exception:  # whatever the library raises
            status, said = 401, b"who are you?"
        self.send_response(status)
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextlib.contextmanager
def an_app() -> Iterator[tuple[str, list[bytes]]]:
    seen: list[bytes] = []
    server = HTTPServer(("127.0.0.1", 0), type("Mine", (App,), {"seen": seen}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hooks", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_raw_request_is_passed_on_and_the_apps_answer_given(tmp_path: Path) -> None:
    arguments = ("--secret", SECRET, "--forward")
    with an_app() as (url, seen), listening(tmp_path, *arguments, url) as heard:
        raw, headers = a_message(ONE, 1)
        with httpx.Client(timeout=PATIENCE_S) as client:
            good = client.post(heard.url, content=raw, headers=headers)
            forged = client.post(heard.url, content=raw + b" ", headers=headers)
        assert (good.status_code, good.text) == (202, "thank you")
        assert (forged.status_code, forged.text) == (401, "who are you?")
        assert seen == [raw, raw + b" "]
        assert "✓ verified  → 202 from your app" in heard.printed
        assert "✗ not verified  → 401 from your app" in heard.printed


def test_an_app_that_is_not_there_is_named(tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/hooks"
    arguments = ("--secret", SECRET, "--forward", nowhere)
    with listening(tmp_path, *arguments) as heard, httpx.Client(timeout=PATIENCE_S) as client:
        raw, headers = a_message(ONE, 1)
        assert client.post(heard.url, content=raw, headers=headers).status_code == 502
        assert f"Nothing answered at {nowhere}" in heard.printed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--secret", "whsec_short"], "--secret:"),
        (["--secret", SECRET, "--only", "booking.*"], "--only"),
        ([], "There is no database at"),
    ],
)
def test_what_cannot_be_listened_to_is_said(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    with listening(tmp_path, *arguments) as heard:
        assert said in heard.printed
        assert "Traceback" not in heard.printed
        assert os.listdir(tmp_path) == ["listen.log"]
