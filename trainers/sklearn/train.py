"""
Trains a binary classifier with scikit-learn and leaves it as ONNX: `python train.py train`.

Speaks SageMaker's training contract under /opt/ml (REKINDLE_ML_ROOT elsewhere): reads hyperparameters.json and the
channel `training`, writes model/{model.onnx,signature.json,golden.json,importance.json}, and on failure output/failure. The
same input and seed give the same bytes.
"""

import os
import signal
import sys
import time
import traceback

from contract import TrainingFailure, read_job, write_failure


def stop(_signal: int, _frame: object) -> None:
    write_failure("the job was stopped (SIGTERM) before it was done")
    os._exit(143)


SMALL_TABLE = 5_000_000
"""Cells up to which one thread is fastest: two that wait for each other on a busy machine took 40 times as long."""


def metric(name: str, value: float) -> None:
    print(f"{name}={value:.6g}", flush=True)


def train() -> None:
    # scikit-learn takes seconds to import: the contract is checked first, and a stop is heard from the start.
    job = read_job()
    from sklearn.metrics import log_loss, roc_auc_score
    from threadpoolctl import threadpool_limits

    from export import positive_scores, write_model
    from importance import importance
    from learners import answer_in_order, pipeline, round_thresholds
    from rows import read_rows

    model = pipeline(job)
    rows, target = read_rows(job)
    print(f"training {job.learner} on {len(rows):,} rows with {len(job.features)} features", flush=True)
    started = time.monotonic()
    if rows.size <= SMALL_TABLE:
        threadpool_limits(1)
    model.fit(rows, target)
    round_thresholds(model)
    answer_in_order(model)
    metric("fit_seconds", time.monotonic() - started)
    scores = positive_scores(job, model, rows)
    positive = target == job.positive
    metric("training_rows", len(rows))
    metric("training_positive_share", positive.mean())
    metric("training_roc_auc", roc_auc_score(positive, scores))
    metric("training_log_loss", log_loss(positive, scores))
    started = time.monotonic()
    weights = importance(job, rows, target)
    metric("importance_seconds", time.monotonic() - started)
    write_model(job, model, rows, weights)
    print("wrote the model", flush=True)


def main(arguments: list[str]) -> int:
    if arguments != ["train"]:
        print("usage: train.py train", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, stop)
    try:
        train()
    except TrainingFailure as failure:
        write_failure(str(failure))
        print(f"failed: {failure}", file=sys.stderr)
        return 1
    except Exception as error:
        # Some libraries put whole models into their messages.
        write_failure(f"{type(error).__name__}: {error}")
        print("".join(traceback.format_exception(error))[-8000:], file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
