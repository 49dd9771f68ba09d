"""What the job leaves behind: model.onnx, signature.json, golden.json and importance.json."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from onnx import ModelProto
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.pipeline import Pipeline

from contract import MODEL, Job
from rows import MISSING_CATEGORY

GOLDEN_ROWS = 64

ODD_ROWS = 16

OPSET = 17


def positive_scores(job: Job, model: Pipeline, rows: pd.DataFrame) -> np.ndarray:
    return model.predict_proba(rows)[:, list(model.classes_).index(job.positive)]


def rename_inputs(exported: ModelProto, names: list[str]) -> None:
    """The export turns what is no letter, digit or _ into _; the inputs get their features' names back, in the same order."""
    renamed = {put.name: name for put, name in zip(exported.graph.input, names, strict=True)}
    for put in exported.graph.input:
        put.name = renamed[put.name]
    for node in exported.graph.node:
        node.input[:] = [renamed.get(name, name) for name in node.input]


def onnx_bytes(job: Job, model: Pipeline) -> bytes:
    """One input per feature, named like it; `label` and `probabilities` come out, the latter as a plain tensor."""
    types = {"number": FloatTensorType, "category": StringTensorType}
    inputs = [(name, types[kind]([None, 1])) for name, kind in job.features.items()]
    exported = to_onnx(model, initial_types=inputs, options={"zipmap": False}, target_opset=OPSET)
    rename_inputs(exported, list(job.features))
    # The converter lists the operator sets in the order of a Python set: the same model must be the same bytes.
    operator_sets = sorted(exported.opset_import, key=lambda each: each.domain)
    del exported.opset_import[:]
    exported.opset_import.extend(operator_sets)
    return exported.SerializeToString(deterministic=True)


def without(job: Job, row: dict[str, Any], names: list[str], category: str) -> dict[str, Any]:
    """The row with a missing value for each named number and `category` for each named category."""
    return row | {name: category if job.features[name] == "category" else np.float32(np.nan) for name in names}


def golden_rows(job: Job, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows spread over the training time, and copies with what training may not have shown: unseen and missing values."""
    spread = np.linspace(0, len(rows) - 1, num=min(GOLDEN_ROWS - ODD_ROWS, len(rows))).astype(int)
    seen = rows.iloc[spread].to_dict("records")
    names = list(job.features)
    of_type = {kind: [name for name in names if job.features[name] == kind] for kind in ("category", "number")}
    # Everything missing; every category unseen; every number missing; then one feature at a time.
    touched = [names, of_type["category"], of_type["number"], *([name] for name in names)]
    odd = [
        without(job, seen[index % len(seen)], touched[index % len(touched)], "never seen" if index % len(touched) else MISSING_CATEGORY)
        for index in range(ODD_ROWS)
    ]
    return pd.DataFrame([*seen, *odd]).astype({name: rows.dtypes[name] for name in names})


def json_value(value: Any) -> float | str | None:
    if isinstance(value, str):
        return None if value == MISSING_CATEGORY else value
    return None if np.isnan(value) else float(value)


def golden(job: Job, model: Pipeline, rows: pd.DataFrame) -> dict[str, Any]:
    chosen = golden_rows(job, rows)
    plain = [{name: json_value(value) for name, value in row.items()} for row in chosen.to_dict("records")]
    return {"rows": plain, "probabilities": positive_scores(job, model, chosen).astype(float).tolist()}


def write_whole(path: Path, content: bytes) -> None:
    partial = path.with_suffix(".partial")
    partial.write_bytes(content)
    os.replace(partial, path)


def write_model(job: Job, model: Pipeline, rows: pd.DataFrame, importance: dict[str, Any] | None) -> None:
    """The model comes last: a folder with a model is whole."""
    MODEL.mkdir(parents=True, exist_ok=True)
    signature = {
        "features": [{"name": name, "type": kind} for name, kind in job.features.items()],
        "target": job.target,
        "classes": [str(each) for each in model.classes_],
        "positive": job.positive,
    }
    parts = {"signature.json": signature, "golden.json": golden(job, model, rows), "importance.json": importance}
    for name, content in parts.items():
        if content is not None:
            write_whole(MODEL / name, json.dumps(content, allow_nan=False).encode())
    write_whole(MODEL / "model.onnx", onnx_bytes(job, model))
