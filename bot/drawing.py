"""Draws a plot as a picture that is read on a phone. The only file that knows matplotlib.

A series is told apart by its mark and its stroke, not by colour alone; none of the colours is red.
The figures are objects of their own: nothing is shared between two drawings but the fonts.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH: Final = 800
HEIGHT: Final = 600
"""Of a picture with one panel, in pixels; each further one adds `_PANEL`."""
_PANEL: Final = 170
_DPI: Final = 100
_INK: Final = "#1c2a2b"
_SOFT: Final = "#4d5c5d"
_GRID: Final = "#dbe3e1"
_EDGE: Final = "#8fa09f"
_GROUND: Final = "#ffffff"
_STYLES: Final[Sequence[Mapping[str, Any]]] = (
    {"color": "#17666b", "marker": "o", "linestyle": "-"},
    {"color": "#8a5200", "marker": "s", "linestyle": (0, (4, 2))},
    {"color": "#4a4a9e", "marker": "^", "linestyle": "-"},
)
_BIG, _LARGE, _SMALL = 27.0, 24.0, 22.0
_LOCK: Final = threading.Lock()
"""One drawing at a time: the library's fonts are shared, and they are not made for threads."""


@dataclass(frozen=True, slots=True)
class Series:
    """Points from left to right; None breaks the line: there was no answer."""

    name: str
    points: tuple[tuple[float, float | None], ...] = field(repr=False)
    style: int = 0


@dataclass(frozen=True, slots=True)
class Tie:
    """From one value to another at one place: before and after."""

    x: float
    before: float
    after: float | None


@dataclass(frozen=True, slots=True)
class Panel:
    """One field of a picture: what it shows, and from where to where it goes."""

    title: str
    low: int
    high: int
    series: tuple[Series, ...] = field(default=(), repr=False)
    ties: tuple[Tie, ...] = field(default=(), repr=False)
    edges: tuple[int, ...] = ()
    """Published steps of a score, drawn lightly."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture: panels under each other over the same time."""

    title: str
    panels: tuple[Panel, ...] = field(repr=False)
    ticks: tuple[tuple[float, str], ...] = field(repr=False)
    """Where something stands under the last panel, and what."""
    before: str = ""
    """What the two ends of a tie are called."""
    after: str = ""

    @property
    def height(self) -> int:
        """In pixels."""
        return HEIGHT + _PANEL * (len(self.panels) - 1)


def png(plot: Plot) -> bytes:
    """Draw it, `WIDTH` by its height in pixels. Slow the first time: the library is read then."""
    with _LOCK:
        return _png(plot)


def _png(plot: Plot) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    room = ConstrainedLayoutEngine(w_pad=0.16, h_pad=0.14, hspace=0.05)
    size = (WIDTH / _DPI, plot.height / _DPI)
    figure = Figure(size, dpi=_DPI, facecolor=_GROUND, layout=room)
    FigureCanvasAgg(figure)
    figure.suptitle(plot.title, x=0.02, ha="left", size=_BIG, weight="bold", color=_INK)
    places = [x for x, _ in plot.ticks] + [x for panel in plot.panels for x in _xs(panel)]
    margin = max((max(places) - min(places)) * 0.04, 0.5)
    ends = (min(places) - margin, max(places) + margin)
    grid = figure.subplots(len(plot.panels), 1, sharex=True, squeeze=False)
    for axes, panel in zip(grid.flat, plot.panels, strict=True):
        _panel(axes, panel, plot)
        axes.set_xlim(*ends)
    last = grid.flat[-1]
    last.set_xticks([x for x, _ in plot.ticks], [said for _, said in plot.ticks])
    last.tick_params(
        axis="x",
        labelbottom=True,
        labelsize=_SMALL,
        labelcolor=_INK,
        length=6,
        color=_EDGE,
        pad=6,
    )
    drawn = BytesIO()
    figure.savefig(drawn, format="png", metadata={"Software": None})
    return drawn.getvalue()


def _xs(panel: Panel) -> list[float]:
    return [x for one in panel.series for x, _ in one.points] + [tie.x for tie in panel.ties]


def _panel(axes: Axes, panel: Panel, plot: Plot) -> None:
    room = (panel.high - panel.low) * 0.06
    axes.set_ylim(panel.low - room, panel.high + room)
    axes.set_yticks(_steps(panel))
    axes.tick_params(axis="y", labelsize=_SMALL, labelcolor=_INK, length=0, pad=8)
    axes.tick_params(axis="x", length=0, labelbottom=False)
    axes.grid(axis="y", color=_GRID, linewidth=1.2)
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.spines["bottom"].set(visible=True, color=_EDGE, linewidth=1.2)
    for edge in panel.edges:
        axes.axhline(edge, color=_EDGE, linewidth=1.2, linestyle=(0, (2, 3)), zorder=1)
    if panel.title:
        axes.set_title(panel.title, loc="left", size=_LARGE, color=_SOFT, pad=8)
    for one in panel.series:
        _line(axes, one)
    if panel.ties:
        _ties(axes, panel.ties, plot)
    if len(panel.series) > 1 or panel.ties:
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(-0.02, 1.0),
            ncols=3,
            frameon=False,
            fontsize=_LARGE,
            labelcolor=_INK,
            handlelength=1.9,
            columnspacing=1.4,
        )


def _line(axes: Axes, one: Series) -> None:
    style = _STYLES[one.style]
    axes.plot(
        [x for x, _ in one.points],
        [float("nan") if y is None else y for _, y in one.points],
        label=one.name,
        linewidth=3.5,
        markersize=11,
        markeredgecolor=_GROUND,
        markeredgewidth=1,
        clip_on=False,
        **style,
    )


def _ties(axes: Axes, ties: Sequence[Tie], plot: Plot) -> None:
    """A ring where it began, a dot where it came to, and an arrow between them."""
    for tie in ties:
        if tie.after is not None and tie.after != tie.before:
            arrow = {"arrowstyle": "-|>", "color": _EDGE, "linewidth": 3, "mutation_scale": 22}
            arrow |= {"shrinkA": 9, "shrinkB": 8}
            axes.annotate("", (tie.x, tie.after), (tie.x, tie.before), arrowprops=arrow)
    dot: dict[str, Any] = {"linestyle": "none", "marker": "o", "clip_on": False}
    ring: dict[str, Any] = {"markersize": 17, "markeredgewidth": 3.5, "markerfacecolor": _GROUND}
    began = [(tie.x, tie.before) for tie in ties]
    came = [(tie.x, tie.after) for tie in ties if tie.after is not None]
    ring |= {"markeredgecolor": "#8a5200", "label": plot.before}
    axes.plot([x for x, _ in began], [y for _, y in began], **dot, **ring)
    full: dict[str, Any] = {"markersize": 13, "color": "#17666b", "label": plot.after}
    axes.plot([x for x, _ in came], [y for _, y in came], **dot, **full)


def _steps(panel: Panel) -> list[int]:
    """What stands at the left: the ends, and the published steps or the middle between them."""
    between = panel.edges or ((panel.low + panel.high) // 2,)
    return sorted({panel.low, *between, panel.high})
