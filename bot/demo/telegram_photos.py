"""What the service takes for a photo, and how it describes one (core.telegram.org/bots/api)."""

from __future__ import annotations

import struct
from typing import Final

from bot.demo.telegram_updates import ApiError, Json

_LARGEST: Final = 10 * 1024 * 1024
_MOST_SIDES: Final = 10_000
_MOST_RATIO: Final = 20
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_ENDING: Final = b"IEND\xaeB`\x82"


def size_of(picture: bytes) -> tuple[int, int] | None:
    """Width and height of a whole PNG; None for anything else. We send no other kind."""
    if not picture.startswith(_PNG) or not picture.endswith(_ENDING):
        return None
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def check_photo(picture: bytes) -> None:
    """Raise ApiError for what the service would refuse."""
    if not picture:
        raise ApiError(400, "Bad Request: there is no photo in the request")
    if len(picture) > _LARGEST:
        raise ApiError(400, "Bad Request: file is too big")
    size = size_of(picture)
    if size is None:
        raise ApiError(400, "Bad Request: IMAGE_PROCESS_FAILED")
    if sum(size) > _MOST_SIDES or max(size) > _MOST_RATIO * min(size):
        raise ApiError(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")


def photo_size(number: int, picture: bytes) -> Json:
    """A `PhotoSize` of it."""
    width, height = size_of(picture) or (0, 0)
    return {
        "file_id": f"AgACAgQAAx{number:010d}",
        "file_unique_id": f"AQADx{number:07d}",
        "width": width,
        "height": height,
        "file_size": len(picture),
    }
