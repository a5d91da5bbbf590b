"""Pages from their templates: no script, every value escaped, an unknown name is an error."""

from __future__ import annotations

from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

_templates: Final = Environment(
    loader=PackageLoader("bot.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, status: int = 200, /, **values: object) -> HTMLResponse:
    """A page from its template."""
    return HTMLResponse(_templates.get_template(f"{template}.html").render(**values), status)
