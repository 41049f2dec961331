"""Parties that start beside each other: none takes another's port."""

import os
import subprocess
import sys

from entrypoints.demo.processes import free_port

BESIDE = f"""
import os
os.getpid = lambda: {os.getpid()} + 12 * 11 * 10  # whatever its number is
from entrypoints.demo.processes import free_port
print(*(free_port() for _ in range(300)))
"""


def test_no_port_is_given_twice_while_there_are_others() -> None:
    given = [free_port() for _ in range(300)]
    assert len(set(given)) == 300


def test_no_port_is_given_by_two_processes_beside_each_other() -> None:
    ours = {free_port() for _ in range(300)}
    beside = subprocess.run(
        [sys.executable, "-c", BESIDE], capture_output=True, text=True, check=True
    )
    theirs = {int(port) for port in beside.stdout.split()}
    assert len(theirs) == 300
    assert not ours & theirs
