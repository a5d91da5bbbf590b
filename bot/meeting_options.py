"""What staff say of a list on the command line, checked: whose it is, and in which zone."""

from __future__ import annotations

import difflib
from typing import Annotated, Any
from zoneinfo import available_timezones

import typer

from bot.errand import fail
from handlers.meetings import FELLOWSHIPS

_ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix",
    "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico",
)  # fmt: skip

Fellowship = Annotated[str | None, typer.Option(help="Whose list it is: aa, na, al-anon…")]
Zone = Annotated[str | None, typer.Option(help="Where its rows name no zone: America/New_York.")]
AsJson = Annotated[bool, typer.Option("--json", help="For another program.")]


def checked(fellowship: str | None, zone: str | None, **more: Any) -> dict[str, Any]:
    """What was said, without what was not; ends the command in words where it is wrong."""
    if fellowship is not None:
        fellowship = fellowship.strip().lower()
        if fellowship not in FELLOWSHIPS:
            fail(f"--fellowship is one of {', '.join(FELLOWSHIPS)}", 2)
    if zone is not None and zone not in _zones():
        near = difflib.get_close_matches(zone, sorted(_zones()), n=3)
        also = f" Did you mean {' or '.join(near)}?" if near else ""
        fail(f"--zone is one of {', '.join(_ZONES)}, or another name like these.{also}", 2)
    said = {"fellowship": fellowship, "zone": zone, **more}
    return {name: value for name, value in said.items() if value is not None}


def _zones() -> set[str]:
    return {name for name in available_timezones() if "/" in name and not name.startswith("Etc/")}
