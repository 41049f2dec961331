"""schemathesis reads the OpenAPI document and tries what it allows, and what it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks
from schemathesis.core import NotSet
from schemathesis.specs.openapi import checks as openapi_checks

from entrypoints.http.app import api_document
from tests.http.rig import Api, open_api

SCHEMA = schemathesis.openapi.from_dict(api_document())
CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
]


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    """A loop of its own: schemathesis asks from a plain thread."""
    with start_blocking_portal("asyncio") as portal:
        yield portal


@pytest.fixture(scope="module")
def served(
    portal: BlockingPortal, empty_database: bytes, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    path = tmp_path_factory.mktemp("fuzz") / "serai.db"
    path.write_bytes(empty_database)
    with portal.wrap_async_context_manager(open_api(Path(path))) as api:
        portal.call(api.furnish)
        passing = portal.start_task_soon(_let_time_pass, api)
        yield api
        passing.cancel()


async def _let_time_pass(api: Api) -> None:
    """Nobody sends here, and who waits for an attempt must come to an end of it."""
    while True:
        await asyncio.sleep(0.01)
        api.world.clock.move(1)


@SCHEMA.parametrize()
@settings(
    max_examples=3,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_nothing_the_document_allows_or_forbids_breaks_it(
    case: schemathesis.Case[Any], portal: BlockingPortal, served: Api
) -> None:
    """No 500, and no status, media type or shape that the document does not tell of.
    Bodies go to what there is, so that they are not all answered with 404."""
    if case.path_parameters and not isinstance(case.body, NotSet):
        case.path_parameters = {n: served.ids.get(n, "x") for n in case.path_parameters}
    _try(case, portal, served)


def _try(case: schemathesis.Case[Any], portal: BlockingPortal, served: Api) -> None:
    wanted = case.as_transport_kwargs(
        base_url="http://hub.test", headers={"authorization": f"Bearer {served.key}"}
    )
    wanted = {n: v for n, v in wanted.items() if n in _REQUEST}
    prepared = requests.Request(**wanted).prepare()

    async def call() -> httpx.Response:
        return await served.client.request(
            str(prepared.method),
            str(prepared.url),
            content=_body(prepared.body),
            headers=[(n.encode(), _bytes(v)) for n, v in prepared.headers.items()],
        )

    case.validate_response(portal.call(call), checks=CHECKS)


_REQUEST = {"method", "url", "headers", "files", "data", "params", "cookies", "json"}


def _body(body: Any) -> bytes | None:
    return body.encode() if isinstance(body, str) else body


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")
