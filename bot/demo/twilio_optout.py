"""The words that a carrier acts on by itself, before the service hears of them."""

from __future__ import annotations

_WORDS = {
    "STOP": {"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"},
    "START": {"START", "YES", "UNSTOP"},
    "HELP": {"HELP", "INFO"},
}
_CONFIRMATIONS = {
    "STOP": "You have been unsubscribed and will get no more messages from this number. "
    "Reply START to resubscribe.",
    "START": "You have been resubscribed. Reply HELP for help, STOP to unsubscribe. "
    "Msg&Data rates may apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data rates may apply.",
}


class OptOuts:
    """Which pairs of a sender and a person are blocked."""

    def __init__(self) -> None:
        self._stopped: set[tuple[str, str]] = set()

    def stopped(self, sender: str, person: str) -> bool:
        """Whether the carrier blocks this pair."""
        return (sender, person) in self._stopped

    def act(self, sender: str, person: str, body: str) -> tuple[str, str | None] | None:
        """Act on a word that is the whole message: its kind, and what the carrier answers.

        A second STOP, and a START from somebody who was not stopped, get no answer.
        """
        word, pair = body.strip().upper(), (sender, person)
        kind = next((kind for kind, words in _WORDS.items() if word in words), None)
        if kind is None:
            return None
        was_stopped = pair in self._stopped
        if kind == "STOP":
            self._stopped.add(pair)
        elif kind == "START":
            self._stopped.discard(pair)
        silent = (kind == "STOP" and was_stopped) or (kind == "START" and not was_stopped)
        return kind, None if silent else _CONFIRMATIONS[kind]
