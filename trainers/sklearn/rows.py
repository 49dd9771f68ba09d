"""The training rows as the model takes them: numbers in float32 with NaN, categories as strings with '' for a missing one."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from contract import Job, TrainingFailure

MISSING_CATEGORY = ""

MAX_CATEGORIES = 1000
"""One-hot columns are dense for boosted trees: an identifier taken for a category would fill the memory."""


def number(name: str, column: pa.ChunkedArray) -> np.ndarray:
    """float32 before training, as in serving: a threshold between two values then lies between them there too."""
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type) or pa.types.is_boolean(column.type)):
        raise TrainingFailure(f"feature '{name}' is declared number but the column holds {column.type}")
    values = column.to_pandas().astype("float64").to_numpy()
    if np.isnan(values).all():
        raise TrainingFailure(f"feature '{name}' is missing in every row")
    with np.errstate(over="ignore"):
        cast = values.astype("float32")
    if np.isinf(cast).any():
        raise TrainingFailure(f"feature '{name}' holds {values[np.isinf(cast)][0]}, which is no finite float32")
    return cast


def category(name: str, column: pa.ChunkedArray) -> np.ndarray:
    if pa.types.is_floating(column.type) or pa.types.is_nested(column.type):
        raise TrainingFailure(f"feature '{name}' is declared category but the column holds {column.type}")
    values = column.cast(pa.string()).to_pandas().astype(object)
    values = values.where(values.notna(), MISSING_CATEGORY).to_numpy(dtype=object)
    distinct = len(set(values))
    if distinct > MAX_CATEGORIES:
        raise TrainingFailure(f"feature '{name}' has {distinct:,} categories; at most {MAX_CATEGORIES:,} are encoded one-hot")
    return values


def read_rows(job: Job) -> tuple[pd.DataFrame, np.ndarray]:
    """Features in the order of the signature, and the target as strings. Rows without a target are left out."""
    wanted = [job.target, *job.features]
    present = pq.read_schema(job.data).names
    absent = [name for name in wanted if name not in present]
    if absent:
        raise TrainingFailure(f"the training data lack {', '.join(repr(name) for name in absent)} (columns: {', '.join(present)})")
    table = pq.read_table(job.data, columns=wanted)
    labelled = table.column(job.target).is_valid()
    table = table.filter(labelled)
    if table.num_rows == 0:
        raise TrainingFailure(f"no training row has a value in the target '{job.target}'")
    readers = {"number": number, "category": category}
    rows = pd.DataFrame({name: readers[kind](name, table.column(name)) for name, kind in job.features.items()})
    return rows, check_target(job, table.column(job.target))


def check_target(job: Job, column: pa.ChunkedArray) -> np.ndarray:
    target = column.cast(pa.string()).to_pandas().to_numpy(dtype=object)
    classes = sorted(set(target))
    if len(classes) == 1:
        raise TrainingFailure(f"target '{job.target}' has one class only ('{classes[0]}') in {len(target):,} training rows; training needs both")
    if len(classes) > 2:
        raise TrainingFailure(f"target '{job.target}' has {len(classes):,} classes ({', '.join(classes[:5])} …); a binary model needs two")
    if job.positive not in classes:
        raise TrainingFailure(f"the positive class '{job.positive}' does not occur in target '{job.target}' (classes: {', '.join(classes)})")
    return target
