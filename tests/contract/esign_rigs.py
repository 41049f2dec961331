"""The other side of each e-signature vendor, and a hand on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

from adapters._kit.simulator.faults import Fault
from adapters.docusign import simulator as docusign_side
from adapters.privyid import simulator as privyid_side
from ports.esign import ESign
from tests.contract.opening import opened
from tests.contract.payment_rigs import Time
from tests.fakes.memory_esign import MemoryESign
from tests.servers.asgi import serving


class Rig(Protocol):
    """esign: what is tested. The rest plays the vendor and the signers.

    finds: whether it finds by our key. certifies: whether it makes a certificate of its own.
    """

    finds: bool
    certifies: bool

    @property
    def esign(self) -> ESign: ...
    @property
    def time(self) -> Time: ...
    def sign(self, vendor_reference: str) -> None: ...
    def decline(self, vendor_reference: str) -> None: ...
    def lose_answer(self, operation: str) -> None: ...
    def sent(self, reference: str) -> int: ...


class MemoryRig:
    finds = certifies = True

    def __init__(self) -> None:
        self.time = Time()
        self.esign = MemoryESign(self.time)

    def sign(self, vendor_reference: str) -> None:
        self.esign.sign(vendor_reference)

    def decline(self, vendor_reference: str) -> None:
        self.esign.decline(vendor_reference)

    def lose_answer(self, operation: str) -> None:
        self.esign.lose_answer(operation)

    def sent(self, reference: str) -> int:
        return self.esign.sent[reference]


class DocusignRig:
    """The adapter on real sockets, against its simulator."""

    finds = certifies = True

    def __init__(self, esign: ESign, simulator: docusign_side.Simulator, time: Time) -> None:
        self.esign, self.simulator, self.time = esign, simulator, time

    def sign(self, vendor_reference: str) -> None:
        self.simulator.envelopes.sign(vendor_reference)

    def decline(self, vendor_reference: str) -> None:
        self.simulator.envelopes.decline(vendor_reference)

    def lose_answer(self, operation: str) -> None:
        self.break_("lose_answer", operation)

    def break_(self, kind: Any, operation: str, **how: Any) -> None:
        self.simulator.faults.plant(Fault(kind, operation, **how))

    def sent(self, reference: str) -> int:
        return sum(e.ours == reference for e in self.simulator.envelopes.all.values())


class PrivyidRig:
    finds = certifies = False

    def __init__(self, esign: ESign, simulator: privyid_side.Simulator, time: Time) -> None:
        self.esign, self.simulator, self.time = esign, simulator, time

    def sign(self, vendor_reference: str) -> None:
        self.simulator.sign(vendor_reference)

    def decline(self, vendor_reference: str) -> None:
        self.simulator.decline(vendor_reference)

    def lose_answer(self, operation: str) -> None:
        self.break_("lose_answer", operation)

    def break_(self, kind: Any, operation: str, **how: Any) -> None:
        self.simulator.faults.plant(Fault(kind, operation, **how))

    def sent(self, reference: str) -> int:
        return len(self.simulator.of(reference))


@asynccontextmanager
async def memory() -> AsyncIterator[Rig]:
    yield MemoryRig()


@asynccontextmanager
async def docusign(**config: Any) -> AsyncIterator[DocusignRig]:
    time = Time()
    simulator = docusign_side.Simulator(now=time.unix)
    filled = {
        "client_id": docusign_side.CLIENT_ID,
        "user_id": docusign_side.USER_ID,
        "private_key": simulator.access.new_keypair(),
        **config,
    }
    async with serving(simulator.asgi) as address:
        base = {"base_url": f"{address}/docusign"}
        async with opened("docusign", {**base, **filled}, time) as esign:
            yield DocusignRig(esign, simulator, time)
        await simulator.aclose()


@asynccontextmanager
async def privyid(**config: Any) -> AsyncIterator[PrivyidRig]:
    time = Time()
    simulator = privyid_side.Simulator(now=time.unix)
    async with serving(simulator.asgi) as address:
        filled = {**privyid_side.CONFIG, "base_url": f"{address}/privyid", **config}
        async with opened("privyid", filled, time) as esign:
            yield PrivyidRig(esign, simulator, time)
        await simulator.aclose()


Open = Callable[[], AbstractAsyncContextManager[Rig]]
VENDORS: dict[str, Open] = {"memory": memory, "docusign": docusign, "privyid": privyid}
