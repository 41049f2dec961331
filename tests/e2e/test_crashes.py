"""kill -9 of the hub anywhere in the journey: it completes, once, and nobody misses a word."""

import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from entrypoints.demo import booking, cancelling, connecting, paying, travelling
from entrypoints.demo.journey import STEPS
from entrypoints.demo.processes import wait_until
from entrypoints.demo.stage import Stage, Step
from tests.e2e.harness import Rig, play, staged
from tests.patience import PATIENCE_S

# Longer than any lease, and than an Idempotency-Key counts as in flight.
LATER_S = 150
# Longer than the supplier's "not found" takes to be final.
MUCH_LATER_S = 1100

WRITING: tuple[Step, ...] = (
    connecting.connect_hotelbeds,
    connecting.connect_stripe,
    connecting.add_partner,
    booking.quote,
    booking.book,
    paying.ask_for_payment,
    paying.pay,
    cancelling.cancel,
    cancelling.refund,
    travelling.book_flight,
    travelling.ticket,
    travelling.book_tour,
)


def test_killed_after_every_step_that_writes_the_journey_completes() -> None:
    """The last chapter counts: one booking, one charge, every event under one webhook-id."""
    with Rig() as rig, staged(rig) as stage:
        for step in STEPS:
            step(stage)
            if step in WRITING:
                rig.kill_hub()
                rig.come_back(after_s=LATER_S)
        assert stage.partner_has()["rejected"] == 0


Break = Callable[[Rig, Stage], None]


def _held(rig: Rig, stage: Stage) -> None:
    """The supplier has booked and is slow to say so."""
    fault = {"kind": "delay", "operation": "booking", "value": 30}
    stage.vendor("POST", "/hotelbeds/_control/faults", fault)


def _lost(rig: Rig, stage: Stage) -> None:
    """The supplier has booked, and the connection broke in its answer."""
    fault = {"kind": "lost", "operation": "booking"}
    stage.vendor("POST", "/hotelbeds/_control/faults", fault)


def _never_begun(rig: Rig, stage: Stage) -> None:
    """The request is swallowed: the supplier never books."""
    fault = {"kind": "hang", "operation": "booking"}
    stage.vendor("POST", "/hotelbeds/_control/faults", fault)


@pytest.mark.parametrize(
    ("fault", "after_s", "status"),
    [(_held, LATER_S, 201), (_lost, LATER_S, 202), (_never_begun, MUCH_LATER_S, 201)],
    ids=["held", "lost", "never begun"],
)
def test_killed_inside_the_book_call_it_is_booked_once(
    fault: Break, after_s: float, status: int
) -> None:
    """status: of the platform's repeat under its key, 202 where it was answered so before."""
    with Rig() as rig, staged(rig) as stage:
        play(stage, STEPS[: STEPS.index(booking.book)])
        fault(rig, stage)
        asking = threading.Thread(target=_book, args=(stage,))
        asking.start()
        wait_until(lambda: _asked(stage) == 1, within_s=PATIENCE_S)
        wait_until(lambda: _stored(rig, stage), within_s=PATIENCE_S)
        if fault is _lost:  # here the platform did hear: that it is not known yet
            asking.join()
        rig.kill_hub()
        asking.join()
        rig.come_back(after_s=after_s)

        told = stage.partner_hears("booking.confirmed", "")
        stage.facts.booking = stage.call("GET", f"/v1/bookings/{told['body']['subject']}").json()
        booking.one_at_the_supplier(stage)
        assert stage.facts.booking["state"] == "confirmed"
        assert _asked(stage) == (2 if fault is _never_begun else 1)

        again = stage.call("POST", "/v1/bookings", booking.order(stage), expect=status, key="k-1")
        assert again.json()["id"] == stage.facts.booking["id"]
        play(stage, STEPS[STEPS.index(booking.hear_of_booking) :])


@pytest.mark.parametrize(
    ("fault", "state"),
    [({"kind": "delay", "value": 30}, "confirmed"), ({"kind": "hang"}, "submitting")],
    ids=["ended, and slow to say so", "never ended"],
)
def test_killed_before_a_gds_answers_there_is_one_pnr_or_none_and_never_two(
    fault: dict[str, object], state: str
) -> None:
    """The kill falls between the end of the transaction at Sabre and its answer. A PNR that is
    there is found by its remark; of one that is not there nothing is sent again, ever."""
    with Rig() as rig, staged(rig) as stage:
        play(stage, (connecting.add_partner, travelling.connect_sabre, travelling.shop))
        order = travelling.order(stage)
        stage.vendor("POST", "/sabre/_control/faults", {"operation": "create", **fault})
        asking = threading.Thread(target=_post, args=(stage, order))
        asking.start()
        wait_until(lambda: _created(stage) == 1, within_s=PATIENCE_S)
        wait_until(lambda: _stored(rig, stage), within_s=PATIENCE_S)
        rig.kill_hub()
        asking.join()
        before = _read(stage)
        rig.come_back(after_s=LATER_S)
        wait_until(lambda: _read(stage) > before + 1, within_s=PATIENCE_S)
        if state == "confirmed":
            stage.partner_hears("pnr.created", "")
        (booking_,) = stage.call("GET", "/v1/bookings").json()["data"]
        assert booking_["state"] == state
        held = stage.vendor("GET", "/sabre/_control/pnrs")
        assert (_created(stage), len(held)) == (1, 1 if state == "confirmed" else 0)
        again = stage.call(
            "POST", "/v1/bookings", order, expect=201 if held else 202, key="k-1"
        ).json()
        assert (again["id"], _created(stage)) == (booking_["id"], 1)


def _read(stage: Stage) -> int:
    """How often the hub has read a queue, where a PNR of ours would stand."""
    return int(stage.vendor("GET", "/sabre/_control/calls").get("queue", 0))


def _created(stage: Stage) -> int:
    return int(stage.vendor("GET", "/sabre/_control/calls").get("create", 0))


def _book(stage: Stage) -> None:
    _post(stage, booking.order(stage))


def _post(stage: Stage, order: dict[str, Any]) -> None:
    """The platform asks, and never hears the answer."""
    headers = {"authorization": f"Bearer {stage.house.admin_key}", "idempotency-key": "k-1"}
    try:
        httpx.post(
            f"{stage.house.hub_url}/v1/bookings",
            json=order,
            headers=headers,
            timeout=2 * PATIENCE_S,
            trust_env=False,
        )
    except httpx.TransportError:
        return


def _asked(stage: Stage) -> int:
    """How often the supplier was asked to book."""
    return int(stage.vendor("GET", "/hotelbeds/_control/calls").get("booking", 0))


def _stored(rig: Rig, stage: Stage) -> bool:
    rows = stage.call("GET", "/v1/bookings").json()["data"]
    return [row["state"] for row in rows] == ["submitting"]
