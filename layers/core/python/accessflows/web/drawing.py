"""Drawing: where the bars of a chart, and the boxes and lines of a graph, are put.

Pure. Units are those of the drawing's own view box; templates write them down."""

from collections.abc import Sequence
from typing import NamedTuple

from accessflows.notices.words import one_line
from accessflows.rules.figures import Figure

_LONGEST_LABEL = 27
_BOX = (230, 34)
_STEP = 46
_COLUMNS = (0, 311, 622)
_TOP = 28
_CHART = (640, 150)


class Bar(NamedTuple):
    """One bar, upright, and what it stands for."""

    x: float
    y: float
    width: float
    height: float
    figure: Figure


class Box(NamedTuple):
    """A node. words: cut where they are too long for it; whole: all of them. href: or empty."""

    x: int
    y: int
    words: str
    whole: str
    href: str = ""


class Line(NamedTuple):
    """From the right of one box to the left of another."""

    x1: int
    y1: int
    x2: int
    y2: int

    @property
    def path(self) -> str:
        middle = (self.x1 + self.x2) // 2
        return f"M{self.x1} {self.y1}C{middle} {self.y1} {middle} {self.y2} {self.x2} {self.y2}"


class Node(NamedTuple):
    """What is drawn as a box. key: by which edges name it."""

    key: str
    label: str
    href: str = ""


class Drawing(NamedTuple):
    """Three columns of boxes, and the lines between neighbours."""

    width: int
    height: int
    box: tuple[int, int]
    headings: tuple[tuple[int, str], ...]
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def bars(figures: Sequence[Figure]) -> tuple[Bar, ...]:
    """The highest fills the chart; nothing at all is a bar without height."""
    width, height = _CHART
    step = width / max(1, len(figures))
    most = max((figure.number for figure in figures), default=0) or 1
    return tuple(
        Bar(
            x=round(place * step + step * 0.12, 1),
            y=round(height - figure.number / most * height, 1),
            width=round(step * 0.76, 1),
            height=round(figure.number / most * height, 1),
            figure=figure,
        )
        for place, figure in enumerate(figures)
    )


def draw(
    headings: tuple[str, str, str],
    columns: Sequence[Sequence[Node]],
    edges: Sequence[tuple[str, str]],
) -> Drawing:
    """edges: from a key of one column to one of the next; keys that nobody has are left out."""
    boxes: dict[str, Box] = {}
    for x, column in zip(_COLUMNS, columns, strict=True):
        for row, node in enumerate(column):
            whole = one_line(node.label)
            y = _TOP + row * _STEP
            boxes[node.key] = Box(x, y, _cut(whole), whole, node.href)
    lines = tuple(
        _line(boxes[before], boxes[after])
        for before, after in dict.fromkeys(edges)
        if before in boxes and after in boxes
    )
    rows = max(map(len, columns), default=0)
    return Drawing(
        width=_COLUMNS[-1] + _BOX[0],
        height=_TOP + max(1, rows) * _STEP,
        box=_BOX,
        headings=tuple(zip(_COLUMNS, headings, strict=True)),
        boxes=tuple(boxes.values()),
        lines=lines,
    )


def _line(before: Box, after: Box) -> Line:
    middle = _BOX[1] // 2
    return Line(before.x + _BOX[0], before.y + middle, after.x, after.y + middle)


def _cut(words: str) -> str:
    return words if len(words) <= _LONGEST_LABEL else f"{words[: _LONGEST_LABEL - 1].rstrip()}…"
