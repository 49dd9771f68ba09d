"""Makes the small ONNX models of the serving and gateway tests, each with rows that scikit-learn scored itself.

    pip install -r trainers/sklearn/requirements.txt && python test/support/models/make_models.py

Same shape as a trained version: one input per feature (number float32 [N,1], category string [N,1]), outputs `label` and
`probabilities`. `golden` are scikit-learn's own answers (`predict_proba` on the float32-cast rows), not ours.
"""
import json
import pathlib

import numpy as np
import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

HERE = pathlib.Path(__file__).parent
NUMBERS, CATEGORY, CLASSES = ["price", "demand"], "weekday", ["DOWN", "UP"]
rng = np.random.default_rng(7)


def rows(n):
    frame = pd.DataFrame({name: rng.random(n).astype(np.float32) for name in NUMBERS})
    frame[CATEGORY] = rng.choice(["Mon", "Tue", "Sun"], n)
    frame.loc[rng.random(n) < 0.05, "price"] = np.nan
    frame.loc[rng.random(n) < 0.05, CATEGORY] = ""  # a missing category reaches the model as the empty string
    return frame


def fit(learner, numbers, signal):
    frame = rows(400)
    logit = signal * (frame["demand"] - frame["price"].fillna(0.5)) + np.where(frame[CATEGORY] == "Sun", -1.0, 0.4)
    target = np.where(logit + rng.normal(size=len(frame)) > 0, "UP", "DOWN")
    encode = ColumnTransformer(
        [("number", numbers, NUMBERS), ("category", OneHotEncoder(handle_unknown="ignore", sparse_output=False), [CATEGORY])]
    )
    return make_pipeline(encode, learner).fit(frame, target)


def inputs(names):
    return [(name, FloatTensorType([None, 1])) for name in names] + [(CATEGORY, StringTensorType([None, 1]))]


def golden(model):
    frame = rows(24)
    frame.loc[0, CATEGORY] = "Holiday"  # never seen in training
    probabilities = model.predict_proba(frame)[:, list(model.classes_).index("UP")]
    plain = frame.astype(object).where(frame.notna(), None)
    plain[CATEGORY] = plain[CATEGORY].map(lambda value: value or None)
    return {"rows": json.loads(plain.to_json(orient="records", double_precision=15)), "probabilities": [float(p) for p in probabilities]}


def save(name, model):
    onnx = to_onnx(model, initial_types=inputs(NUMBERS), options={id(model): {"zipmap": False}}, target_opset=17)
    (HERE / f"{name}.onnx").write_bytes(onnx.SerializeToString())
    signature = {
        "features": [{"name": n, "type": "number"} for n in NUMBERS] + [{"name": CATEGORY, "type": "category"}],
        "target": "direction",
        "classes": [str(c) for c in model.classes_],
        "positive": "UP",
    }
    (HERE / f"{name}.json").write_text(json.dumps({"signature": signature, "golden": golden(model)}, indent=1) + "\n")
    print(name, len(onnx.SerializeToString()), "bytes")


save("logistic", fit(LogisticRegression(), SimpleImputer(), 3.0))
save("trees", fit(HistGradientBoostingClassifier(max_iter=8, max_leaf_nodes=4, random_state=0), "passthrough", 5.0))
