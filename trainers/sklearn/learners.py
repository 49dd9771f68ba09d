"""The learners and their hyperparameters, named as scikit-learn names them."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from contract import Job, TrainingFailure

Parse = Callable[[str], Any]


def whole(at_least: int) -> Parse:
    def parse(text: str) -> int:
        value = int(text)
        if value < at_least:
            raise ValueError
        return value

    parse.__doc__ = f"a whole number of at least {at_least}"
    return parse


def real(at_least: float, exclusive: bool = False) -> Parse:
    def parse(text: str) -> float:
        value = float(text)
        if not np.isfinite(value) or value < at_least or (exclusive and value == at_least):
            raise ValueError
        return value

    parse.__doc__ = f"a number {'above' if exclusive else 'of at least'} {at_least:g}"
    return parse


def or_none(parse: Parse) -> Parse:
    def parse_or_none(text: str) -> Any:
        return None if text == "none" else parse(text)

    parse_or_none.__doc__ = f"{parse.__doc__}, or none"
    return parse_or_none


def features_share(text: str) -> Any:
    """sqrt, log2, or a share of the features above 0 and up to 1"""
    if text in ("sqrt", "log2"):
        return text
    value = float(text)
    if not 0 < value <= 1:
        raise ValueError
    return value


SETTINGS: dict[str, dict[str, tuple[Parse, Any]]] = {
    "hist-gradient-boosting": {
        "max_iter": (whole(1), 200),
        "learning_rate": (real(0, exclusive=True), 0.1),
        "max_leaf_nodes": (or_none(whole(2)), 31),
        "max_depth": (or_none(whole(1)), None),
        "min_samples_leaf": (whole(1), 20),
        "l2_regularization": (real(0), 0.0),
    },
    "random-forest": {
        "n_estimators": (whole(1), 200),
        "max_depth": (or_none(whole(1)), None),
        "min_samples_leaf": (whole(1), 5),
        "max_features": (features_share, "sqrt"),
    },
    "logistic-regression": {
        "C": (real(0, exclusive=True), 1.0),
        "max_iter": (whole(1), 1000),
    },
}


def read_settings(job: Job) -> dict[str, Any]:
    known = SETTINGS.get(job.learner)
    if known is None:
        raise TrainingFailure(f"unknown learner '{job.learner}' (known: {', '.join(SETTINGS)})")
    unknown = [name for name in job.settings if name not in known]
    if unknown:
        raise TrainingFailure(f"unknown hyperparameter '{unknown[0]}' of {job.learner} (known: {', '.join(known)})")
    settings = {}
    for name, (parse, default) in known.items():
        try:
            settings[name] = parse(job.settings[name]) if name in job.settings else default
        except ValueError:
            raise TrainingFailure(f"hyperparameter {name} is '{job.settings[name]}'; write {parse.__doc__}") from None
    return settings


def classifier(job: Job, settings: dict[str, Any]) -> Any:
    match job.learner:
        case "hist-gradient-boosting":
            # Early stopping would hold out a random tenth of a time-ordered stream and so judge on rows between training rows.
            return HistGradientBoostingClassifier(early_stopping=False, random_state=job.seed, **settings)
        case "random-forest":
            return RandomForestClassifier(random_state=job.seed, n_jobs=-1, **settings)
        case _:
            return LogisticRegression(random_state=job.seed, **settings)


def numbers_step(job: Job) -> Any:
    """Boosted trees learn where missing numbers go; the others get the median of the training rows."""
    match job.learner:
        case "hist-gradient-boosting":
            return "passthrough"
        case "random-forest":
            return SimpleImputer(strategy="median")
        case _:
            return make_pipeline(SimpleImputer(strategy="median"), StandardScaler())


def pipeline(job: Job) -> Pipeline:
    """
    Categories are one-hot for every learner: the export writes tree splits as ≤ only, which integer codes would not survive.
    A category that training never saw is all zeros.
    """
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32)
    of_type = {kind: [name for name, each in job.features.items() if each == kind] for kind in ("number", "category")}
    steps = [("numbers", numbers_step(job), of_type["number"]), ("categories", one_hot, of_type["category"])]
    columns = ColumnTransformer([step for step in steps if step[2]], sparse_threshold=0)
    return Pipeline([("columns", columns), ("classifier", classifier(job, read_settings(job)))])


def round_thresholds(model: Pipeline) -> None:
    """
    Boosted trees keep float64 thresholds, the export rounds them to the nearest float32, which may be the value above.
    Rounded down first, `x ≤ threshold` says the same for every float32 `x` before and after.
    """
    boosted = model.named_steps["classifier"]
    if not isinstance(boosted, HistGradientBoostingClassifier):
        return
    for trees in boosted._predictors:
        for tree in trees:
            exact = tree.nodes["num_threshold"]
            nearest = exact.astype(np.float32)
            above = nearest.astype(np.float64) > exact
            nearest[above] = np.nextafter(nearest[above], np.float32(-np.inf))
            tree.nodes["num_threshold"] = nearest


def answer_in_order(model: Pipeline) -> None:
    """A fitted forest that adds up its trees in threads adds them in any order: the last digits of its answers differ from run to run."""
    learner = model.named_steps["classifier"]
    if isinstance(learner, RandomForestClassifier):
        learner.set_params(n_jobs=1)
