"""Draws the talks from the code: what a step may lead to is read from its own source."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

from handlers.flow import Flow, Step
from handlers.flows import FLOWS


def mermaid() -> str:
    """Every flow as one Mermaid diagram."""
    lines = ["flowchart TD"]
    for flow in FLOWS.values():
        lines.append(f"  subgraph {flow.name}")
        lines += [f"    {flow.name}.{name}[{name}]" for name in flow.steps]
        lines.append("  end")
    for flow in FLOWS.values():
        for step in flow.steps.values():
            for target in sorted(targets(step.decide)):
                lines.append(f"  {step.key} --> {target}")
    return "\n".join(lines)


def targets(function: Callable[..., Any], seen: frozenset[str] = frozenset()) -> set[str]:
    """The steps and flows that a function hands to `then`, helpers of its module included."""
    if function.__qualname__ in seen:
        return set()
    # What a decorator has put around it is not where it leads to.
    function = inspect.unwrap(function)
    around = function.__globals__
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    found: set[str] = set()
    for name in _names(tree):
        value = around.get(name)
        if isinstance(value, Step):
            found.add(value.key)
        elif isinstance(value, Flow):
            found.add(value.first.key)
        elif inspect.isfunction(value) and value.__module__.startswith("handlers."):
            found |= targets(value, seen | {function.__qualname__})
    return found


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            for inner in node.body:
                yield from (n.id for n in ast.walk(inner) if isinstance(n, ast.Name))
