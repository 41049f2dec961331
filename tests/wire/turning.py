"""A simulator turned from outside its process."""

from __future__ import annotations

from typing import Any

import httpx


async def control(http: httpx.AsyncClient, method: str, path: str, json: object = None) -> Any:
    answer = await http.request(method, f"/_control/{path}", json=json)
    assert answer.status_code == 200, answer.text
    return answer.json()
