"""A small language for sentences: each kind is one line of a table, with its example.

WORD is itself, (A|B C) one of several, [A] may be missing, {name} is read by a reader and kept
under its name. Choices are ordered and never taken back, so that matching takes time in the
length of the pattern, however hostile the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Words = Sequence[str]
Captured = dict[str, Any]
Read = Callable[[Words, int], tuple[Any, int] | None]
Match = tuple[Captured, int]
_Node = Callable[[Words, int, Captured], int]  # the word after it; -1: no match
_PIECE = re.compile(r"\{\w+\}|[\[\]()|]|[^\s\[\](){}|]+")


class Reader:
    """first: the words that what it reads can begin with; None: any."""

    def __init__(self, read: Read, first: frozenset[str] | None = None) -> None:
        self.read, self.first = read, first

    def __call__(self, words: Words, i: int) -> tuple[Any, int] | None:
        return self.read(words, i)


class Pattern:
    """first: the words it can begin with; None: any."""

    def __init__(self, source: str, readers: Mapping[str, Reader]) -> None:
        self._pieces = _PIECE.findall(source)
        self._readers = readers
        self._at = 0
        self._node, self.first = self._choice()
        if self._at != len(self._pieces):
            raise ValueError(f"unbalanced: {source}")

    def match(self, words: Words, i: int) -> Match | None:
        captured: Captured = {}
        end = self._node(words, i, captured)
        return (captured, end) if end > i else None

    def _choice(self) -> tuple[_Node, frozenset[str] | None]:
        nodes: list[_Node] = []
        first: frozenset[str] | None = frozenset()
        while True:
            node, begins = self._sequence()
            nodes.append(node)
            first = None if first is None or begins is None else first | begins
            if self._peek() != "|":
                return (nodes[0] if len(nodes) == 1 else _one_of(nodes)), first
            self._at += 1

    def _sequence(self) -> tuple[_Node, frozenset[str] | None]:
        nodes: list[_Node] = []
        first: frozenset[str] | None = frozenset()
        open_ended = True  # what follows may still be the first word
        while self._peek() not in ("", "|", "]", ")"):
            node, begins, optional = self._item()
            nodes.append(node)
            if open_ended:
                first = None if first is None or begins is None else first | begins
            open_ended = open_ended and optional
        return _all_of(nodes), first

    def _item(self) -> tuple[_Node, frozenset[str] | None, bool]:
        piece = self._pieces[self._at]
        self._at += 1
        if piece in ("[", "("):
            node, first = self._choice()
            self._at += 1
            return (_maybe(node), first, True) if piece == "[" else (node, first, False)
        if piece.startswith("{"):
            name = piece[1:-1]
            reader = self._readers[name]
            return _read(name, reader.read), reader.first, False
        return _word(piece), frozenset({piece}), False

    def _peek(self) -> str:
        return self._pieces[self._at] if self._at < len(self._pieces) else ""


def _word(word: str) -> _Node:
    return lambda words, i, _: i + 1 if words[i] == word else -1


def _all_of(nodes: Sequence[_Node]) -> _Node:
    def run(words: Words, i: int, captured: Captured) -> int:
        for node in nodes:
            i = node(words, i, captured)
            if i < 0:
                return -1
        return i

    return run


def _one_of(nodes: Sequence[_Node]) -> _Node:
    def run(words: Words, i: int, captured: Captured) -> int:
        for node in nodes:
            tried: Captured = {}
            end = node(words, i, tried)
            if end >= 0:
                captured.update(tried)
                return end
        return -1

    return run


def _maybe(node: _Node) -> _Node:
    chosen = _one_of([node])

    def run(words: Words, i: int, captured: Captured) -> int:
        end = chosen(words, i, captured)
        return i if end < 0 else end

    return run


def _read(name: str, reader: Read) -> _Node:
    def run(words: Words, i: int, captured: Captured) -> int:
        found = reader(words, i)
        if found is None:
            return -1
        captured[name], end = found
        return end

    return run
