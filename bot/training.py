"""Makes the second voter's weights from `content/corpus/tuning`: `make train`, nothing fetched.

The same corpus and the same pinned libraries give the same file, byte for byte. Limits are set
by cross-validation on neighbouring blocks of messages, because their writers often put a harmless
message beside the dangerous one that it resembles. The held-out messages are not read here.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_matrix, diags
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from bot.scorecard import CORPUS, Example, read
from bot.voter import LEVELS, features
from handlers.risk import Level
from handlers.screening import screen

FOLDS: Final = 5
BLOCK: Final = 12
"""Neighbouring messages that are kept together in one fold."""
STRENGTH: Final = 20.0
"""The inverse of the regularisation."""
FALSE_ALARMS: Final = 0.02
"""Of the ordinary messages that the rules leave alone, how many may be raised to urgent."""
FALSE_CONCERNS: Final = 0.08
TOO_HIGH: Final = 0.02
"""Of the messages that are no emergency, how many may be called one."""
RAREST: Final = 2
SMALLEST: Final = 0.06
"""A feature is dropped when none of its weights is larger than this share of the largest."""
LABEL_SMALLEST: Final = 0.15
OUT: Final = CORPUS.parent / "voter"


@dataclass(frozen=True, slots=True)
class Table:
    """Texts as counts of features."""

    names: list[str]
    counts: csr_matrix


def tuning() -> tuple[list[Example], list[str]]:
    """The messages to learn from, and the block that each is in."""
    examples, blocks = [], []
    for file in sorted((CORPUS / "tuning").glob("*.jsonl")):
        for at, example in enumerate(read(file)):
            examples.append(example)
            blocks.append(f"{file.stem} {at // BLOCK}")
    return examples, blocks


def main() -> None:
    """Learn, set the limits, write the weights and their card."""
    examples, blocks = tuning()
    vectorizer = CountVectorizer(analyzer=features, min_df=RAREST)
    counts = vectorizer.fit_transform([example.text for example in examples]).astype(np.float64)
    table = Table(list(vectorizer.get_feature_names_out()), counts)
    ranks = np.array([example.level.rank if example.level else 0 for example in examples])
    limits = _limits(table, ranks, examples, blocks)
    rarity = _rarity(table.counts)
    rows = _scaled(table.counts, rarity)
    levels = [_learn(rows, ranks > at) for at in range(len(LEVELS))]
    serious = ranks > 0
    names = sorted({label for example in examples for label in example.labels} - {"none"})
    labels = [
        _learn(rows[serious], np.array([n in e.labels for e in examples])[serious]) for n in names
    ]
    _write(table.names, rarity, levels, labels, names, limits)
    _card(examples, limits)


def _rarity(counts: csr_matrix) -> Any:
    seen = np.asarray((counts > 0).sum(axis=0)).ravel()
    return np.log((1 + counts.shape[0]) / (1 + seen)) + 1


def _scaled(counts: csr_matrix, rarity: Any) -> csr_matrix:
    """Each row divided by its length; a repeated feature counts as often as it stands there."""
    lengths = np.sqrt(counts @ (rarity**2))
    lengths[lengths == 0] = 1
    return csr_matrix(diags(1 / lengths) @ counts @ diags(rarity))


def _learn(rows: csr_matrix, true: Any) -> tuple[Any, float]:
    model = LogisticRegression(C=STRENGTH, solver="liblinear", random_state=0)
    model.fit(rows, true)
    return model.coef_[0], float(model.intercept_[0])


def _limits(
    table: Table, ranks: Any, examples: list[Example], blocks: list[str]
) -> tuple[float, ...]:
    """The scores from which on a level is given, by what unseen blocks would have got."""
    scores = np.zeros((len(examples), len(LEVELS)))
    for seen, unseen in GroupKFold(FOLDS).split(examples, groups=blocks):
        rarity = _rarity(table.counts[seen])
        rows, others = (_scaled(table.counts[part], rarity) for part in (seen, unseen))
        for at in range(len(LEVELS)):
            weights, bias = _learn(rows, ranks[seen] > at)
            scores[unseen, at] = others @ weights + bias
    by_rules = np.array([screen(example.text).level.rank for example in examples])
    calm = (ranks == 0) & (by_rules < Level.URGENT.rank)
    concern = np.quantile(scores[calm, 0], 1 - FALSE_CONCERNS - FALSE_ALARMS)
    urgent = np.quantile(scores[calm, 1], 1 - FALSE_ALARMS)
    emergency = np.quantile(scores[ranks < Level.EMERGENCY.rank, 2], 1 - TOO_HIGH)
    return float(concern), float(urgent), float(emergency)


def _write(
    names: list[str],
    rarity: Any,
    levels: list[tuple[Any, float]],
    labels: list[tuple[Any, float]],
    label_names: list[str],
    limits: tuple[float, ...],
) -> None:
    main = np.stack([weights * rarity for weights, _ in levels], axis=1)
    more = np.stack([weights * rarity for weights, _ in labels], axis=1)
    scale, label_scale = np.abs(main).max() / 127, np.abs(more).max() / 127
    main, more = np.rint(main / scale).astype(int), np.rint(more / label_scale).astype(int)
    about = {
        "levels": [str(level) for level in LEVELS],
        "labels": label_names,
        "bias": [round(bias, 6) for _, bias in (*levels, *labels)],
        "limits": [round(limit, 6) for limit in limits],
        "scale": float(f"{scale:.8g}"),
        "label_scale": float(f"{label_scale:.8g}"),
    }
    lines = [json.dumps(about)]
    for at in np.argsort(names, kind="stable"):
        if np.abs(main[at]).max() >= SMALLEST * 127:
            # Labels need no triples: they are only asked of what is worth a look already.
            many = names[at].count(" ") > 1 or np.abs(more[at]).max() < LABEL_SMALLEST * 127
            kept = [] if many else more[at].tolist()
            row = [names[at], round(float(rarity[at]), 3), main[at].tolist(), kept]
            lines.append(json.dumps(row, ensure_ascii=False, separators=(",", ":")))
    text = "\n".join(lines) + "\n"
    OUT.mkdir(exist_ok=True)
    (OUT / "weights.jsonl.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def _card(examples: list[Example], limits: tuple[float, ...]) -> None:
    from bot import scorecard
    from bot.triage import with_voter

    weights = OUT / "weights.jsonl.gz"
    held = [e for file in sorted((CORPUS / "held_out").glob("*.jsonl")) for e in read(file)]
    sums = hashlib.sha256(weights.read_bytes()).hexdigest()
    table = scorecard.in_words(scorecard.card("held out", held, with_voter()))
    (OUT / "CARD.md").write_text(
        f"""# The second voter

Made {datetime.now(UTC):%d %B %Y} by `make train` from the {len(examples):,} messages in
`content/corpus/tuning`; `weights.jsonl.gz` has the SHA-256 {sums}.

It decides who of the staff must look at a message, beside the rules, and can only raise a level.
It diagnoses nothing. It knows English and Spanish as they are written in the corpus, whose
messages were invented, so that it has never seen a real patient's words. It is off until a clinic
signs for it.

Limits of the scores (concern, urgent, emergency): {", ".join(f"{limit:.2f}" for limit in limits)}.

On messages that it never saw and nobody tuned to (`companion scorecard` prints this):

```
{chr(10).join(table)}
```
""",
        "utf-8",
    )


if __name__ == "__main__":
    main()
