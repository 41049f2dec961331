"""One URL for SQLAlchemy and for the bells: both must reach the same database."""

from typing import Any

import pytest

from adapters.jobs.postgresql import connect_options

HOST = {"host": "db.example", "database": "serai", "user": "hub"}


@pytest.mark.parametrize(
    ("rest", "options"),
    [
        ("hub@db.example/serai", HOST),
        (
            "hub:p%40s%2Fs%3A%25%23+é@db.example:5433/serai",
            {"password": "p@s/s:%#+é", "port": 5433},
        ),
        ("hub:pw@/serai?host=/run/sockets", {"host": "/run/sockets", "password": "pw"}),
        ("hub@/serai?host=/run/sockets&port=5433", {"host": "/run/sockets", "port": 5433}),
        ("hub@[::1]:5433/serai", {"host": "::1", "port": 5433}),
        ("hub@db.example/serai?ssl=verify-full", {"ssl": "verify-full"}),
        ("hub@/serai?host=a:1&host=b:2", {"host": ["a", "b"], "port": [1, 2]}),
        ("hub@db.example/serai?prepared_statement_cache_size=0", HOST),
    ],
)
def test_it_says_what_sqlalchemy_reads_in_it(rest: str, options: dict[str, Any]) -> None:
    given = connect_options(f"postgresql+asyncpg://{rest}")
    del given["server_settings"]
    assert given == {**HOST, **options}
