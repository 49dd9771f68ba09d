"""Seeded data for `npm run bench -- drift`: drift_data.py FOLDER. Columns of doubles as raw bytes, two tables as Parquet."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(sys.argv[1])
ROWS = 100_000


def columns() -> None:
    n = 1_000_000
    random = np.random.default_rng(n)
    for side, mean in (("reference", 0.0), ("current", 0.01)):
        random.normal(mean, 1, n).astype("<f8").tofile(FOLDER / f"{side}.f64")
    random = np.random.default_rng(3)
    scores = random.random(n)
    scores.astype("<f8").tofile(FOLDER / "scores.f64")
    (random.random(n) < scores).astype("u1").tofile(FOLDER / "labels.u8")


def number(random: np.random.Generator, kind: int, shift: float) -> np.ndarray:
    if kind == 0:
        return random.normal(shift, 1, ROWS)
    if kind == 1:
        return random.lognormal(shift, 0.7, ROWS)
    if kind == 2:
        return random.integers(0, 50, ROWS).astype("float64") + 10 * shift
    if kind == 3:
        return random.gamma(2 + shift, 1, ROWS)
    return np.where(random.random(ROWS) < 0.05, np.nan, random.uniform(shift, 1 + shift, ROWS))


def table(seed: int, shift: float) -> pd.DataFrame:
    """20 numbers, of which 5 are shifted, one of them with 5 % missing; 5 categories of 2 to 200 values; a score and its outcome."""
    random = np.random.default_rng(seed)
    made = {f"n{i}": number(random, i % 5, shift if i % 4 == 0 else 0.0) for i in range(20)}
    for i, size in enumerate((2, 5, 10, 50, 200)):
        weights = 1 / np.arange(1, size + 1) ** (1 + (shift if i % 2 == 0 else 0))
        names = np.array([f"v{k}" for k in range(size)], dtype=object)
        made[f"c{i}"] = names[random.choice(size, ROWS, p=weights / weights.sum())]
    probability = 1 / (1 + np.exp(-(made["n0"] + 0.5 * np.log(made["n1"]) - 0.3)))
    made["proba"] = np.clip(probability + random.normal(0, 0.03, ROWS), 0.001, 0.999)
    made["pred"] = (made["proba"] >= 0.5).astype("int64")
    made["y"] = (random.random(ROWS) < probability).astype("int64")
    return pd.DataFrame(made)


columns()
for name, seed, shift in (("reference", 1, 0.0), ("current", 2, 0.3)):
    whole = table(seed, shift)
    outcome = ["proba", "pred", "y"]
    whole.drop(columns=outcome).to_parquet(FOLDER / f"{name}.parquet", index=False, compression="snappy")
    whole[outcome].to_parquet(FOLDER / f"{name}-outcome.parquet", index=False, compression="snappy")
