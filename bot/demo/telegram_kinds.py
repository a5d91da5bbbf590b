"""What can be sent in a chat that is not text."""

from __future__ import annotations

from bot.demo.telegram_updates import Json

_FILE: Json = {"file_id": "AgACAgIAAxkBAAIB", "file_unique_id": "AQADAgAT", "file_size": 4096}
_VENUE: Json = {
    "location": {"latitude": 40.7, "longitude": -74.0},
    "title": "Library",
    "address": "1 Main St",
}
_PICTURE: Json = {**_FILE, "width": 90, "height": 90}
_CLIP: Json = {**_PICTURE, "duration": 3}
KINDS: dict[str, Json] = {
    "voice": {"voice": {**_FILE, "duration": 3, "mime_type": "audio/ogg"}},
    "audio": {"audio": {**_FILE, "duration": 3}},
    "video_note": {"video_note": {**_FILE, "duration": 3, "length": 240}},
    "photo": {"photo": [_PICTURE]},
    "video": {"video": _CLIP},
    "animation": {"animation": _CLIP, "document": _FILE},
    "sticker": {
        "sticker": {**_PICTURE, "type": "regular", "is_animated": False, "is_video": False}
    },
    "location": {"location": {"latitude": 40.7, "longitude": -74.0}},
    "venue": {"location": _VENUE["location"], "venue": _VENUE},
    "document": {"document": {**_FILE, "file_name": "letter.pdf"}},
    "contact": {"contact": {"phone_number": "+12025550143", "first_name": "Sam"}},
    "dice": {"dice": {"emoji": "\N{GAME DIE}", "value": 4}},
}
"""A kind to its part of a message, as the service words it."""
