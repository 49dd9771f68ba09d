"""False alarms of Evidently and NannyML, each with its defaults, on tables in which nothing changes.

Usage: python decisions_alarms.py JOB.json; prints one JSON line: share of windows with any alarm.
"""

import json
import os
import sys
import warnings

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"
warnings.simplefilter("ignore")

import nannyml  # noqa: E402
import numpy  # noqa: E402
import pandas  # noqa: E402
from evidently.legacy.calculations.stattests.registry import _get_default_stattest  # noqa: E402
from evidently.legacy.core import ColumnType  # noqa: E402


def tables(path, job):
    """The reference, and its windows one below the other."""
    rows = job["reference"] + job["windows"] * job["rows"]
    values = numpy.fromfile(path, "<f8").reshape(-1, rows)
    columns = {f"n{i}": values[i] for i in range(job["numbers"])}
    for i in range(job["levels"]):
        columns[f"c{i}"] = numpy.char.add("v", values[job["numbers"] + i].astype(int).astype(str)).astype(object)
    table = pandas.DataFrame(columns)
    return table[: job["reference"]], table[job["reference"] :].reset_index(drop=True)


def evidently_alarms(reference, windows, rows):
    alarmed = 0
    for start in range(0, len(windows), rows):
        window = windows[start : start + rows]
        for name in reference.columns:
            kind = ColumnType("cat") if name.startswith("c") else ColumnType("num")
            before, now = reference[name].dropna(), window[name].dropna()
            if bool(_get_default_stattest(before, now, kind)(before, now, kind, None).drifted):
                alarmed += 1
                break
    return alarmed


def nannyml_alarms(reference, windows, rows):
    calculator = nannyml.UnivariateDriftCalculator(column_names=list(reference.columns), chunk_size=rows)
    calculator.fit(reference)
    results = calculator.calculate(windows).filter(period="analysis").to_df()
    alerts = results[[column for column in results.columns if column[-1] == "alert"]]
    return int(alerts.to_numpy().astype(bool).any(axis=1).sum())


job = json.load(open(sys.argv[1], encoding="utf-8"))
alarmed = {"evidently": 0, "nannyml": 0}
for file in job["files"]:
    reference, windows = tables(file, job)
    alarmed["evidently"] += evidently_alarms(reference, windows, job["rows"])
    alarmed["nannyml"] += nannyml_alarms(reference, windows, job["rows"])
total = len(job["files"]) * job["windows"]
print(json.dumps({name: count / total for name, count in alarmed.items()}))
