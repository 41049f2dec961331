"""The demonstration on the production engines, which it starts by itself.

python -m tests.demo_production [--keep]
"""

from __future__ import annotations

import subprocess
import sys

from tests.servers import running_postgres, running_redis


def main() -> int:
    with running_postgres() as postgres, running_redis() as redis:
        engines = ["--postgres", postgres.database("serai"), "--redis", redis.url]
        command = [sys.executable, "-m", "entrypoints.cli", "demo", *engines, *sys.argv[1:]]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
