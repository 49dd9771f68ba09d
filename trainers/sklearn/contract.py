"""SageMaker's training contract: where a job finds its input and where it leaves what it made."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(os.environ.get("REKINDLE_ML_ROOT", "/opt/ml"))
MODEL = ROOT / "model"
FAILURE = ROOT / "output" / "failure"

CHANNEL = "training"

DESCRIBING = ("target", "positive", "features", "seed", "learner")
"""Hyperparameters that describe the problem; the others belong to the learner."""


class TrainingFailure(Exception):
    """Something the user can repair: its text, one clear sentence, is all that is told."""


@dataclass(frozen=True)
class Job:
    target: str
    positive: str
    features: dict[str, str]
    """Name of each feature and its type, `number` or `category`, in the order of the signature."""
    seed: int
    learner: str
    settings: dict[str, str]
    """Hyperparameters of the learner, still strings, as the contract has them."""
    data: Path


def read_json(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TrainingFailure(f"the job has no file {path.relative_to(ROOT)}") from None
    except ValueError as error:
        raise TrainingFailure(f"{path.relative_to(ROOT)} is no JSON: {error}") from None


def read_features(text: str) -> dict[str, str]:
    features = json.loads(text)
    for name, kind in features.items():
        if kind not in ("number", "category"):
            raise TrainingFailure(f"feature '{name}' has the type '{kind}'; write number or category")
        if name in ("label", "probabilities"):
            raise TrainingFailure(f"feature '{name}' has the name of an output of the model; rename it in the transform")
    if not features:
        raise TrainingFailure("no features are given")
    return features


def read_job() -> Job:
    given = {name: str(value) for name, value in read_json(ROOT / "input/config/hyperparameters.json").items()}
    missing = [name for name in ("target", "positive", "features") if name not in given]
    if missing:
        raise TrainingFailure(f"hyperparameters.json lacks {', '.join(missing)}")
    if CHANNEL not in read_json(ROOT / "input/config/inputdataconfig.json"):
        raise TrainingFailure(f"inputdataconfig.json names no channel '{CHANNEL}'")
    return Job(
        target=given["target"],
        positive=given["positive"],
        features=read_features(given["features"]),
        seed=int(given.get("seed", "0")),
        learner=given.get("learner", "hist-gradient-boosting"),
        settings={name: value for name, value in given.items() if name not in DESCRIBING},
        data=ROOT / "input" / "data" / CHANNEL / "data.parquet",
    )


def write_failure(text: str) -> None:
    """The first 1,024 characters are what the caller is told."""
    FAILURE.parent.mkdir(parents=True, exist_ok=True)
    FAILURE.write_text(text[:1024], encoding="utf-8")
