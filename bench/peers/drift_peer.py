"""The peers of `npm run bench -- drift`: drift_peer.py scipy|evidently|nannyml FOLDER.

Reads the name of a task a line, runs it once, and answers one line of JSON: seconds of the call alone, and the peak of memory so far.
Libraries are imported and columns read before the first answer.
"""

import json
import os
import sys
import time
import warnings
from pathlib import Path

os.environ["NML_DISABLE_USAGE_LOGGING"] = os.environ["DO_NOT_TRACK"] = "1"
warnings.simplefilter("ignore")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

LIBRARY, FOLDER = sys.argv[1], Path(sys.argv[2])
NUMBERS = [f"n{i}" for i in range(20)]
CATEGORIES = [f"c{i}" for i in range(5)]


def tables(suffix: str = "") -> tuple[pd.DataFrame, pd.DataFrame]:
    return tuple(pd.read_parquet(FOLDER / f"{side}{suffix}.parquet") for side in ("reference", "current"))


def peak_mib() -> float:
    """Not `getrusage`: that counts the process that started us as well."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


def psi(edges: np.ndarray, reference: np.ndarray, current: np.ndarray) -> float:
    bins = len(edges) + 1
    shares = [
        np.maximum(np.bincount(np.searchsorted(edges, x, side="right"), minlength=bins) / len(x), 1e-4)
        for x in (reference, current)
    ]
    return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))


def of_scipy() -> dict:
    from scipy import stats
    from sklearn import metrics

    reference, current = (np.fromfile(FOLDER / f"{side}.f64") for side in ("reference", "current"))
    scores, labels = np.fromfile(FOLDER / "scores.f64"), np.fromfile(FOLDER / "labels.u8", dtype="u1")
    deciles = np.linspace(0, 1, 11)

    def table():
        before, now = tables()
        for name in NUMBERS:
            a, b = before[name].dropna().to_numpy(), now[name].dropna().to_numpy()
            stats.ks_2samp(a, b, method="asymp")
            psi(np.quantile(a, deciles)[1:-1], a, b)
        for name in CATEGORIES:
            counts = pd.concat([before[name].value_counts(), now[name].value_counts()], axis=1).fillna(0).T
            stats.chi2_contingency(counts)

    return {
        "ks": lambda: stats.ks_2samp(reference, current, method="asymp"),
        "psi": lambda: psi(np.quantile(reference, deciles)[1:-1], reference, current),
        "auc": lambda: metrics.roc_auc_score(labels, scores),
        "table": table,
    }


def of_evidently() -> dict:
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    definition = DataDefinition(numerical_columns=NUMBERS, categorical_columns=CATEGORIES)

    def table():
        before, now = (Dataset.from_pandas(side, data_definition=definition) for side in tables())
        Report([DataDriftPreset()]).run(now, before).json()

    return {"table": table}


def of_nannyml() -> dict:
    import nannyml as nml

    metrics = ["roc_auc", "f1", "precision", "recall", "accuracy"]
    before, now = tables("-outcome")

    def table():
        reference, current = tables()
        calculator = nml.UnivariateDriftCalculator(
            column_names=NUMBERS + CATEGORIES,
            treat_as_categorical=CATEGORIES,
            chunk_size=10_000,
            continuous_methods=["kolmogorov_smirnov", "wasserstein", "jensen_shannon"],
            categorical_methods=["chi2", "jensen_shannon"],
        )
        calculator.fit(reference)
        calculator.calculate(current)

    def cbpe():
        estimator = nml.CBPE(
            y_pred_proba="proba",
            y_pred="pred",
            y_true="y",
            problem_type="classification_binary",
            metrics=metrics,
            chunk_size=10_000,
        )
        estimator.fit(before)
        estimator.estimate(now)

    return {"table": table, "cbpe": cbpe}


def main() -> None:
    tasks = {"scipy": of_scipy, "evidently": of_evidently, "nannyml": of_nannyml}[LIBRARY]()
    print("ANSWER {}", flush=True)
    for line in sys.stdin:
        since, cpu = time.perf_counter(), time.process_time()
        tasks[line.strip()]()
        answer = {
            "ms": (time.perf_counter() - since) * 1000,
            "cpuMs": (time.process_time() - cpu) * 1000,
            "peakMib": peak_mib(),
        }
        print("ANSWER " + json.dumps(answer), flush=True)


main()
