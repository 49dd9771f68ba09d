"""What the model makes of its features: how much the AUC falls when one of them is shuffled."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.inspection import permutation_importance
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from contract import Job
from learners import answer_in_order, pipeline

HELD_OUT = 0.2
"""Share of the rows, the last ones, that the measured model does not see."""

FIT_ROWS = 20_000
"""Most rows that it is fitted on, so that the time is bounded whatever the size of the table."""

SCORED_ROWS = 2_000

CELLS = 20_000_000
"""Most cells that are scored: rows × features, once per feature and repeat. Beyond it repeats are left out, then rows."""

REPEATS = 5

FEWEST_ROWS = 50


def spread(count: int, most: int) -> np.ndarray:
    """At most `most` of 0 … count − 1, evenly spread."""
    return np.linspace(0, count - 1, num=min(most, count)).astype(int)


def work(features: int, held_out: int) -> tuple[int, int]:
    """How many rows are scored, and how often each feature is shuffled."""
    rows = min(SCORED_ROWS, held_out)
    repeats = max(1, min(REPEATS, CELLS // (rows * features * features)))
    return min(rows, max(FEWEST_ROWS, CELLS // (repeats * features * features))), repeats


def importance(job: Job, rows: pd.DataFrame, target: np.ndarray) -> dict[str, Any] | None:
    """
    Permutation importance on the last fifth of the rows, which a model of the same kind, fitted on rows before them, has not seen:
    what a model has learnt by heart counts for nothing. None where there is too little to hold out.
    """
    cut = int(len(rows) * (1 - HELD_OUT))
    before, after = spread(cut, FIT_ROWS) if cut else np.array([], int), np.arange(cut, len(rows))
    scored, repeats = work(rows.shape[1], len(after)) if len(after) else (0, 0)
    after = after[spread(len(after), scored)] if scored else after
    positive = target == job.positive
    enough = len(before) >= FEWEST_ROWS and len(after) >= FEWEST_ROWS
    if not enough or positive[before].all() or not positive[before].any() or positive[after].all() or not positive[after].any():
        return None
    seen = rows.iloc[before]
    if any(kind == "number" and seen[name].isna().all() for name, kind in job.features.items()):
        return None
    with threadpool_limits(1):
        model = pipeline(job).fit(seen, target[before])
        answer_in_order(model)
        place = list(model.classes_).index(job.positive)

        def auc(fitted: Pipeline, shuffled: pd.DataFrame, truth: np.ndarray) -> float:
            return roc_auc_score(truth, fitted.predict_proba(shuffled)[:, place])

        measured = permutation_importance(
            model, rows.iloc[after], positive[after], scoring=auc, n_repeats=repeats, random_state=job.seed, n_jobs=1
        )
        baseline = auc(model, rows.iloc[after], positive[after])
    return {
        "schema": "rekindle/importance/1",
        "metric": "roc_auc",
        "baseline": round(float(baseline), 6),
        "rows": len(after),
        "repeats": repeats,
        "features": [
            {"name": name, "mean": round(float(mean), 6), "deviation": round(float(deviation), 6)}
            for name, mean, deviation in zip(
                job.features, measured.importances_mean, measured.importances_std, strict=True
            )
        ],
    }
