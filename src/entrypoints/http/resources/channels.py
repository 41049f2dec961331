from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Controller, Response, get, patch, post, put
from litestar.params import FromPath

from core.application.channels import add_channel as adding
from core.application.channels.add_channel import (
    add_channel,
    change_channel,
    map_channel,
    read_catalogue,
)
from core.application.channels.steer_channel import (
    ChannelStatus,
    check_channel,
    list_channels,
    pause_channel,
    push_now,
    read_channel,
    read_mapping,
    refresh_channel,
    resume_channel,
)
from core.application.hub import Asking, Hub
from core.domain.idempotency import Answer
from core.domain.tenancy import Permission
from entrypoints.http import answers
from entrypoints.http.call import Call, Called, reasoned
from entrypoints.http.idempotency import once
from entrypoints.http.operation import Key, operation
from entrypoints.http.paging import Listing, listing
from entrypoints.http.wire import channel as wire
from entrypoints.http.wire.values import Because
from ports.channels import ChannelFilter

Steer = Callable[[Hub, Asking, str], Awaitable[ChannelStatus]]


def _steering(summary: str) -> dict[str, Any]:
    return operation(
        summary=summary,
        needs=Permission.CHANNELS_WRITE,
        takes=Because,
        bodyless=True,
        key=Key.HONOURED,
        answers={200: wire.Channel},
        problems=(409,),
    )


async def _steered(call: Call, id: str, steer: Steer) -> Response[bytes]:
    because = await call.body(Because, bodyless=True)

    async def act(asking: Asking, _: str | None) -> Answer:
        steered = await steer(call.hub, reasoned(asking, because.reason), id)
        return answers.given(wire.channel(steered, call.hub.clock.now()), 200)

    return await once(call, act)


class ChannelController(Controller):
    path = "/channels"
    tags = ("Channels",)

    @post(
        opt=operation(
            summary="Sell a property at a connection",
            needs=Permission.CHANNELS_WRITE,
            takes=wire.NewChannel,
            key=Key.HONOURED,
            answers={201: wire.Channel},
            problems=(404, 409),
        )
    )
    async def add(self, call: Called) -> Response[bytes]:
        """It begins paused: map it, then resume it. Reservations come in from now on."""
        new = await call.body(wire.NewChannel)

        async def act(asking: Asking, made: str | None) -> Answer:
            asking = reasoned(asking, new.reason)
            if made is None:
                wish = adding.NewChannel(
                    new.connection,
                    new.property,
                    new.property_code,
                    new.name,
                    new.pricing.pricing(),
                    new.buffer,
                    new.tolerance,
                )
                made = (await add_channel(call.hub, asking, wish)).id
            status = await read_channel(call.hub, _reading(asking), made)
            return answers.given(wire.channel(status, call.hub.clock.now()), 201)

        return await once(call, act)

    @get(
        opt=operation(
            summary="List channels with how far each was told, newest first",
            needs=Permission.CHANNELS_READ,
            asks=wire.ChannelQuery,
            answers={200: Listing[wire.Channel]},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        asked = call.query(wire.ChannelQuery)
        where = ChannelFilter(asked.property, asked.connection)
        rows = await list_channels(call.hub, call.asking, asked.page, where)
        now = call.hub.clock.now()
        return call.answer(listing(rows, asked, lambda row: wire.channel(row, now)))

    @get(
        "/{channel_id:str}",
        opt=operation(
            summary="Read a channel: state, lag, what it took last and what it refused",
            needs=Permission.CHANNELS_READ,
            answers={200: wire.Channel},
        ),
    )
    async def read(self, call: Called, channel_id: FromPath[str]) -> Response[bytes]:
        found = await read_channel(call.hub, call.asking, channel_id)
        return call.answer(wire.channel(found, call.hub.clock.now()))

    @patch(
        "/{channel_id:str}",
        opt=operation(
            summary="Change how a property is shown at a channel",
            needs=Permission.CHANNELS_WRITE,
            takes=wire.ChannelChange,
            answers={200: wire.Channel},
        ),
    )
    async def change(self, call: Called, channel_id: FromPath[str]) -> Response[bytes]:
        """Prices and availability that follow from it are told at once. 409: its property_code
        cannot be changed any more, because something was told or sold under it."""
        said = await call.body(wire.ChannelChange)
        change = adding.ChannelChange(
            said.property_code,
            said.name,
            said.pricing.pricing() if said.pricing else None,
            said.buffer,
            said.tolerance,
        )
        asking = reasoned(call.asking, said.reason)
        await change_channel(call.hub, asking, channel_id, change)
        found = await read_channel(call.hub, _reading(asking), channel_id)
        return call.answer(wire.channel(found, call.hub.clock.now()))

    @post("/{channel_id:str}/pause", opt=_steering("Pause a channel"))
    async def pause(self, call: Called, channel_id: FromPath[str]) -> Response[bytes]:
        """Nothing more is pushed, and it goes on showing what it was told last. Reservations come
        in all the same. A repeat does nothing."""
        return await _steered(call, channel_id, pause_channel)

    @post("/{channel_id:str}/resume", opt=_steering("Resume a channel"))
    async def resume(self, call: Called, channel_id: FromPath[str]) -> Response[bytes]:
        """What changed meanwhile is told at once. 409: its mapping has holes; errors names each."""
        return await _steered(call, channel_id, resume_channel)

    @post("/{channel_id:str}/push", opt=_steering("Push what differs now"))
    async def push(self, call: Called, channel_id: FromPath[str]) -> Response[bytes]:
        """Also while it waits after a failure. Its reservations are asked for too. 409: it is
        paused."""
        return await _steered(call, channel_id, push_now)

    @post("/{channel_id:str}/refresh", opt=_steering("Tell a channel everything anew"))
    async def refresh(self, call: Called, channel_id: FromPath[str]) -> Response[bytes]:
        """Whatever it acknowledged, and what it refused. 409: it is paused."""
        return await _steered(call, channel_id, refresh_channel)

    @post("/{channel_id:str}/check", opt=_steering("Read a channel back now"))
    async def check(self, call: Called, channel_id: FromPath[str]) -> Response[bytes]:
        """What differs from what it acknowledged is told again; prices that are off open a breach.
        409: this channel cannot be read back."""
        return await _steered(call, channel_id, check_channel)


def _reading(asking: Asking) -> Asking:
    """Whoever may change a channel may see what became of it."""
    who = asking.who
    held = who.permissions | {Permission.CHANNELS_READ}
    return msgspec.structs.replace(
        asking, who=msgspec.structs.replace(who, permissions=frozenset(held))
    )


class MappingController(Controller):
    path = "/mappings"
    tags = ("Channels",)

    @get(
        "/{channel_id:str}",
        opt=operation(
            summary="Read what is mapped to what at a channel, and what is missing",
            needs=Permission.CHANNELS_READ,
            answers={200: wire.Mapping},
        ),
    )
    async def read(self, call: Called, channel_id: FromPath[str]) -> Response[bytes]:
        """Ours beside theirs, as the channel said when it was asked last."""
        return call.answer(wire.mapping(await read_mapping(call.hub, call.asking, channel_id)))

    @put(
        "/{channel_id:str}",
        opt=operation(
            summary="Replace a channel's mapping",
            needs=Permission.CHANNELS_WRITE,
            takes=wire.NewMapping,
            answers={200: wire.Mapping},
        ),
    )
    async def replace(self, call: Called, channel_id: FromPath[str]) -> Response[bytes]:
        """It may have holes, which are named; nothing is pushed while it has. A room that is mapped
        no more is closed there. Reservations that named what is mapped now take their rooms."""
        new = await call.body(wire.NewMapping)
        asking = reasoned(call.asking, new.reason)
        await map_channel(call.hub, asking, channel_id, new.mapping())
        parts = await read_mapping(call.hub, _reading(asking), channel_id)
        return call.answer(wire.mapping(parts))

    @post(
        "/{channel_id:str}/catalogue",
        opt=operation(
            summary="Ask a channel what it sells",
            needs=Permission.CHANNELS_WRITE,
            takes=Because,
            bodyless=True,
            answers={200: wire.Mapping},
            problems=(409, 502, 503),
        ),
    )
    async def catalogue(self, call: Called, channel_id: FromPath[str]) -> Response[bytes]:
        """`theirs` stays null where the channel cannot say."""
        return call.answer(wire.mapping(await read_catalogue(call.hub, call.asking, channel_id)))
