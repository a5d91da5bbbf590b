"""What every section of clinic.toml is made of."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = get_args(Day)


class Section(BaseModel):
    """A section: what is not known in it is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _quoted(value: Any) -> Any:
    if isinstance(value, int | float):
        # It would be taken for seconds after midnight.
        message = 'must be a time in quotes, as in "08:00"'
        raise ValueError(message)  # noqa: TRY004 - only these become words
    return value


Clock = Annotated[time, BeforeValidator(_quoted)]
