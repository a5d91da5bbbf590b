"""The Bot API's methods as the stand-in knows them: parameters checked, limits kept.

Limits and refusals follow core.telegram.org/bots/api and /bots/faq.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.demo.telegram_chats import Chats
from bot.demo.telegram_updates import ApiError, Json, Updates, Webhook

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


@dataclass(frozen=True, slots=True)
class Limits:
    """Messages a second overall; a chat's seconds per message, with a short burst on top."""

    per_second: float = 30
    per_chat_seconds: float = 1
    chat_burst: int = 5


USUAL = Limits()


class Methods(Chats):
    """What a bot may call, by name; each raises ApiError for what the service refuses."""

    def __init__(
        self, updates: Updates, now: Callable[[], datetime], me: Json, limits: Limits | None
    ) -> None:
        super().__init__(updates, now, me)
        self.limits = limits
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self._sent: dict[int | None, float] = {}
        self._methods: dict[str, Callable[[dict[str, str]], Awaitable[Any]]] = {
            "getme": self._get_me,
            "getupdates": self._get_updates,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._get_webhook_info,
            "sendmessage": self._send_message,
            "editmessagetext": self._edit_text,
            "editmessagereplymarkup": self._edit_markup,
            "answercallbackquery": self._answer_query,
            "setmycommands": self._set_commands,
            "getmycommands": self._get_commands,
            "sendchataction": self._chat_action,
            "leavechat": self._leave_chat,
        }

    async def do(
        self, method: str, params: dict[str, str], files: Mapping[str, bytes] | None = None
    ) -> Any:
        """Carry out one call, with the files in it, and return its result; raises ApiError."""
        if method.lower() == "sendphoto":
            return await self._send_photo(params, files or {})
        known = self._methods.get(method.lower())
        if known is None:
            raise ApiError(404, "Not Found")
        return await known(params)

    def _throttle(self, chat_id: int) -> None:
        """Refuse with 429 when a chat or the whole bot is over its limit (GCRA)."""
        if self.limits is None:
            return
        now = time.monotonic()
        overall = 1 / self.limits.per_second
        rules = (
            (chat_id, self.limits.per_chat_seconds, self.limits.chat_burst),
            (None, overall, int(self.limits.per_second)),
        )
        due: dict[int | None, float] = {}
        for key, gap, burst in rules:
            due[key] = max(self._sent.get(key, now), now) + gap
            wait = due[key] - now - gap * burst
            if wait > 0:
                seconds = math.ceil(wait)
                raise ApiError(429, f"Too Many Requests: retry after {seconds}", seconds)
        self._sent.update(due)

    async def _get_me(self, _: dict[str, str]) -> Json:
        return {
            **self._me,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    async def _get_updates(self, params: dict[str, str]) -> list[Json]:
        if "allowed_updates" in params:
            self.updates.allowed = json.loads(params["allowed_updates"])
        return await self.updates.poll(
            int(params.get("offset", 0)),
            int(params.get("limit", 100)),
            float(params.get("timeout", 0)),
        )

    async def _set_webhook(self, params: dict[str, str]) -> bool:
        url, secret = params.get("url", ""), params.get("secret_token", "")
        if secret and not _SECRET.fullmatch(secret):
            raise ApiError(400, "Bad Request: secret token contains unallowed characters")
        if url and not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise ApiError(
                400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
            )
        if "allowed_updates" in params:
            self.updates.allowed = json.loads(params["allowed_updates"])
        most = int(params.get("max_connections", 40))
        return await self._replace_webhook(params, Webhook(url, secret, most) if url else None)

    async def _delete_webhook(self, params: dict[str, str]) -> bool:
        return await self._replace_webhook(params, None)

    async def _replace_webhook(self, params: dict[str, str], webhook: Webhook | None) -> bool:
        if _true(params.get("drop_pending_updates")):
            self.updates.drop()
        await self.updates.set_webhook(webhook)
        return True

    async def _get_webhook_info(self, _: dict[str, str]) -> Json:
        webhook = self.updates.webhook
        info: Json = {
            "url": webhook.url if webhook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates),
        }
        if webhook:
            info["max_connections"] = webhook.max_connections
            info["allowed_updates"] = self.updates.allowed
        if self.updates.last_error:
            info["last_error_date"], info["last_error_message"] = self.updates.last_error
        return info

    async def _send_message(self, params: dict[str, str]) -> Json:
        chat_id = _chat(params)
        self._reachable(chat_id)
        self._throttle(chat_id)
        return self.post(
            chat_id,
            params.get("text", ""),
            json.loads(params.get("reply_markup") or "{}"),
            protected=_true(params.get("protect_content")),
        )

    async def _send_photo(self, params: dict[str, str], files: Mapping[str, bytes]) -> Json:
        chat_id = _chat(params)
        self._reachable(chat_id)
        self._throttle(chat_id)
        return self.show(
            chat_id,
            files.get("photo", b""),
            params.get("caption", ""),
            json.loads(params.get("reply_markup") or "{}"),
            protected=_true(params.get("protect_content")),
        )

    async def _edit_text(self, params: dict[str, str]) -> Json:
        return self._edit(params, params.get("text", ""))

    async def _edit_markup(self, params: dict[str, str]) -> Json:
        return self._edit(params, None)

    def _edit(self, params: dict[str, str], text: str | None) -> Json:
        markup = json.loads(params.get("reply_markup") or "{}")
        return self.rewrite(_chat(params), int(params.get("message_id", 0)), text, markup)

    async def _answer_query(self, params: dict[str, str]) -> bool:
        self.answer(params.get("callback_query_id", ""))
        return True

    async def _set_commands(self, params: dict[str, str]) -> bool:
        self.commands[_shelf(params)] = json.loads(params.get("commands", "[]"))
        return True

    async def _get_commands(self, params: dict[str, str]) -> list[Json]:
        return self.commands.get(_shelf(params), [])

    async def _chat_action(self, params: dict[str, str]) -> bool:
        self._reachable(_chat(params))
        return True

    async def _leave_chat(self, params: dict[str, str]) -> bool:
        self.leave(_chat(params))
        return True


def _chat(params: dict[str, str]) -> int:
    try:
        return int(params.get("chat_id", ""))
    except ValueError:
        raise ApiError(400, "Bad Request: chat not found") from None


def _shelf(params: dict[str, str]) -> tuple[str, str]:
    scope = json.loads(params.get("scope") or "{}").get("type", "default")
    return scope, params.get("language_code", "")


def _true(value: str | None) -> bool:
    return value in ("true", "True", "1")
