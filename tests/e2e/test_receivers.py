"""The receivers of docs/receivers.md, as they stand there, started and sent real messages."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.domain.webhooks.signature import hmac_of, secret_from, signed_content
from entrypoints.demo.processes import free_port

PAGE = Path(__file__).parents[2] / "docs/receivers.md"
PROGRAMS = re.findall(r"```(python|js)\n(.*?)```", PAGE.read_text(), re.DOTALL)
NAMES = ["python", "standardwebhooks", "node"]
OF_NAME = dict(zip(NAMES, PROGRAMS, strict=True))
KEEPS = {"python", "node"}  # over a restart, in a file
NEW, OLD, STRANGER = (secret_from(bytes([n]) * 32) for n in b"nox")
WITHIN_S = 60.0


class Running:
    """One receiver, in a folder of its own. said: what it handled, one event a line."""

    def __init__(self, name: str, folder: Path, secrets: str, work: str) -> None:
        language, text = OF_NAME[name]
        file = folder / ("receiver.py" if language == "python" else "receiver.mjs")
        file.write_text(_with_work(text, work))
        self.port, self._said = free_port(), folder / "said"
        program = sys.executable if language == "python" else _node()
        env = {"PATH": os.environ["PATH"], "WEBHOOK_SECRETS": secrets, "PORT": str(self.port)}
        with self._said.open("ab") as said, (folder / "errors").open("ab") as errors:
            self._process = subprocess.Popen(
                [program, str(file)], cwd=folder, env=env, stdout=said, stderr=errors
            )
        self._folder = folder

    def ready(self) -> None:
        _until(lambda: self._process.poll() is not None or _listens(self.port), "listen")
        assert self._process.poll() is None, (self._folder / "errors").read_text()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def post(self, raw: bytes, headers: dict[str, str]) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WITHIN_S)
        with contextlib.closing(connection):
            connection.request("POST", "/hooks", raw, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status

    def send(self, event: dict[str, Any], *secrets: str, age_s: int = 0) -> int:
        """As Serai does. secrets: those that sign; the new one if none is named."""
        raw = json.dumps(event).encode()
        return self.post(raw, signed(raw, *secrets, id=event["id"], age_s=age_s))

    def handles(self, *lines: str) -> None:
        """These and no others, in this order, once the slow work is done."""
        _until(lambda: len(self._lines()) >= len(lines), f"handle {lines}, but {self._lines()}")
        time.sleep(0.2)
        assert self._lines() == list(lines), (self._folder / "errors").read_text()

    def _lines(self) -> list[str]:
        return self._said.read_text().splitlines()


def _with_work(text: str, work: str) -> str:
    """The program with *work* put before what it prints, and a short wait before it repeats."""
    place = re.search(r"^ +(?:print|console\.log)\(event", text, re.MULTILINE)
    assert place is not None
    indent = " " * (len(place.group()) - len(place.group().lstrip()))
    filled = text[: place.start()] + (f"{indent}{work}\n" if work else "") + text[place.start() :]
    return filled.replace("timeout=10)", "timeout=0.1)").replace("10_000", "50") if work else text


def _node() -> str:
    found = shutil.which("node")
    if found is None:
        pytest.skip("no Node: the receiver in JavaScript of docs/receivers.md is not run")
    return found


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _until(true: Any, what: str) -> None:
    ends = time.monotonic() + WITHIN_S
    while not true():
        assert time.monotonic() < ends, f"it did not {what}"
        time.sleep(0.02)


def signed(raw: bytes, *secrets: str, id: str, age_s: int = 0) -> dict[str, str]:
    stamp = int(time.time()) - age_s
    made = (hmac_of(s, signed_content(id, stamp, raw)) for s in secrets or (NEW,))
    return {
        "webhook-id": id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(m).decode()}" for m in made),
        "content-type": "application/json",
    }


def an_event(number: int, subject: str = "bkg_1", **other: Any) -> dict[str, Any]:
    told = {"id": f"evt_{subject}{number}", "type": "booking.confirmed", "schema": "booking/1"}
    return {**told, "subject": subject, "sequence": number, "data": {"n": "Zamżam"}, **other}


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def receiver(name: str, tmp_path: Path) -> Iterator[Running]:
    """It holds both secrets, as while one rotates."""
    with running(name, tmp_path) as started:
        yield started


@contextlib.contextmanager
def running(
    name: str, folder: Path, secrets: str = f"{NEW} {OLD}", work: str = ""
) -> Iterator[Running]:
    started = Running(name, folder, secrets, work)
    try:
        started.ready()
        yield started
    finally:
        started.stop()


def test_a_good_message_is_handled_once_however_often_it_comes(receiver: Running) -> None:
    event = an_event(1)
    assert [receiver.send(event) for _ in range(3)] == [200, 200, 200]
    assert receiver.send(event, age_s=200) == 200, "a retry has another timestamp"
    assert receiver.send({**event, "subject": "bkg_9"}) == 200, "its id alone says what it is"
    receiver.handles("booking.confirmed bkg_1 1")


def test_what_overtook_is_not_undone_by_what_comes_late(receiver: Running) -> None:
    assert receiver.send(an_event(2)) == 200
    receiver.handles("booking.confirmed bkg_1 2")
    assert receiver.send(an_event(1)) == 200
    assert receiver.send(an_event(1, "bkg_2")) == 200
    assert receiver.send(an_event(3)) == 200
    receiver.handles(
        "booking.confirmed bkg_1 2", "booking.confirmed bkg_2 1", "booking.confirmed bkg_1 3"
    )


def test_what_is_not_genuine_is_401_and_not_handled(receiver: Running) -> None:
    raw = json.dumps(an_event(1)).encode()
    good = signed(raw, id="evt_bkg_11")
    token = good["webhook-signature"]
    refused = [
        (raw.replace(b"bkg_1", b"bkg_2"), good),
        (raw + b"\n", good),
        (b"", good),
        (b"\xff\xfe" + raw, good),
        (raw, {**good, "webhook-id": "evt_other"}),
        (raw, {**good, "webhook-timestamp": str(int(good["webhook-timestamp"]) + 1)}),
        (raw, signed(raw, STRANGER, id="evt_bkg_11")),
        (raw, signed(raw, id="evt_bkg_11", age_s=310)),
        (raw, signed(raw, id="evt_bkg_11", age_s=-310)),
        (raw, {**good, "webhook-signature": token.removeprefix("v1,")}),
        (raw, {**good, "webhook-signature": "v1a" + token.removeprefix("v1")}),
        (raw, {**good, "webhook-signature": "v1,"}),
        (raw, {**good, "webhook-signature": "v1,\xe9" + "A" * 42 + "="}),
        (b"x" * 1_500_000, {**good, "webhook-signature": "v1, v1,x garbage"}),
    ]
    for body, headers in refused:
        assert receiver.post(body, headers) == 401, headers
    assert receiver.send(an_event(9)) == 200
    receiver.handles("booking.confirmed bkg_1 9")


@pytest.mark.parametrize(
    "stamp", ["", "1796112000000", "2026-12-01T08:00:00Z", "-1", "1e9", "9" * 5000]
)
def test_what_cannot_be_read_is_400(receiver: Running, stamp: str) -> None:
    raw = json.dumps(an_event(1)).encode()
    good = signed(raw, id="evt_bkg_11")
    assert receiver.post(raw, {**good, "webhook-timestamp": stamp}) == 400
    for missing in ("webhook-id", "webhook-timestamp"):
        assert receiver.post(raw, {n: v for n, v in good.items() if n != missing}) == 400
    assert receiver.post(raw, {}) == 400
    receiver.handles()


def test_either_secret_is_taken_while_one_rotates(name: str, tmp_path: Path) -> None:
    (tmp_path / "both").mkdir()
    with running(name, tmp_path / "both") as receiver:
        assert receiver.send(an_event(1), NEW, OLD) == 200
        assert receiver.send(an_event(2), OLD) == 200
        assert receiver.send(an_event(3), STRANGER, NEW) == 200
        receiver.handles(*(f"booking.confirmed bkg_1 {n}" for n in (1, 2, 3)))
    for secret in (NEW, OLD):
        folder = tmp_path / secret[6:9]
        folder.mkdir()
        with running(name, folder, secret) as receiver:
            assert receiver.send(an_event(1), NEW, OLD) == 200
            receiver.handles("booking.confirmed bkg_1 1")


def test_tokens_it_does_not_know_are_passed_over(receiver: Running) -> None:
    raw = json.dumps(an_event(1)).encode()
    good = signed(raw, id="evt_bkg_11")
    tokens = f"garbage v1a,{'A' * 86}== v9,x v1,x,y v1,*** {good['webhook-signature']}"
    assert receiver.post(raw, {**good, "webhook-signature": tokens}) == 200
    receiver.handles("booking.confirmed bkg_1 1")


WAITS_FOR_US = {
    "python": 'while not os.path.exists("go"): threading.Event().wait(0.05)',
    "node": 'while (!existsSync("go")) await new Promise((done) => setTimeout(done, 50));',
}


def test_it_answers_before_the_work_is_done(name: str, tmp_path: Path) -> None:
    work = WAITS_FOR_US.get(name, WAITS_FOR_US["python"])
    with running(name, tmp_path, work=work) as receiver:
        assert [receiver.send(an_event(1, f"bkg_{n}")) for n in range(5)] == [200] * 5
        receiver.handles()
        (tmp_path / "go").touch()
        receiver.handles(*(f"booking.confirmed bkg_{n} 1" for n in range(5)))


FAILS_ONCE = {
    "python": 'os.path.exists("failed") or (open("failed", "w").close(), 1 / 0)',
    "node": 'if (!existsSync("failed")) { appendFileSync("failed", ""); throw Error("not now"); }',
}


@pytest.mark.parametrize("name", sorted(KEEPS))
def test_work_that_fails_is_done_again(name: str, tmp_path: Path) -> None:
    with running(name, tmp_path, work=FAILS_ONCE[name]) as receiver:
        assert receiver.send(an_event(1)) == 200
        receiver.handles("booking.confirmed bkg_1 1")
        assert (tmp_path / "failed").exists()


@pytest.mark.parametrize("name", sorted(KEEPS))
def test_after_a_restart_a_repeat_and_a_late_one_are_still_known(name: str, tmp_path: Path) -> None:
    with running(name, tmp_path) as receiver:
        assert receiver.send(an_event(2)) == 200
        receiver.handles("booking.confirmed bkg_1 2")
    with running(name, tmp_path) as receiver:
        assert receiver.send(an_event(2)) == 200
        assert receiver.send(an_event(1)) == 200
        assert receiver.send(an_event(3)) == 200
        receiver.handles("booking.confirmed bkg_1 2", "booking.confirmed bkg_1 3")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_short_enough_to_be_read(name: str) -> None:
    assert len(OF_NAME[name][1].splitlines()) < 60
