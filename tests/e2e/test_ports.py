"""Parties that start beside each other: none takes another's port."""

from entrypoints.demo.processes import free_port


def test_no_port_is_given_twice_while_there_are_others() -> None:
    given = [free_port() for _ in range(300)]
    assert len(set(given)) == 300
