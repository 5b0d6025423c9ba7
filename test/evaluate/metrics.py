"""What scikit-learn and scipy say of labelled probabilities: metrics.py cases.json > JSON, a list of results."""

import json
import sys
import warnings

import numpy as np
from scipy.stats import binomtest
from sklearn import metrics as m
from sklearn.calibration import calibration_curve

warnings.filterwarnings("ignore")


def number(value):
    return None if value is None or np.isnan(value) else float(value)


def roc(truth, p):
    return number(m.roc_auc_score(truth, p)) if 0 < truth.sum() < len(truth) else None


def result(case):
    y, count = np.array(case["labels"]), case["classes"]
    p = np.array(case["probabilities"]).reshape(len(y), count)
    predicted, every = p.argmax(axis=1), list(range(count))
    low, high = binomtest(int((y == predicted).sum()), len(y)).proportion_ci(method="wilson")
    confidence = p.max(axis=1)
    per_class = m.precision_recall_fscore_support(y, predicted, labels=every, zero_division=0)
    accuracy_of_bins, confidence_of_bins = calibration_curve(y == predicted, confidence, n_bins=15)
    # It takes the later one of equal classes, we the earlier one: so its classes are given in the other order.
    top = lambda k: m.top_k_accuracy_score(count - 1 - y, p[:, ::-1], k=k, labels=every)
    average = lambda how: [float(v) for v in m.precision_recall_fscore_support(y, predicted, average=how, zero_division=0)[:3]]
    found = {
        "accuracy": [m.accuracy_score(y, predicted), low, high],
        "topK": [float(top(k)) for k in (1, 2, 3, 5, 10) if k < count and count > 2],
        "logLoss": m.log_loss(y, p, labels=every),
        "brier": float(((p - np.eye(count)[y]) ** 2).sum(axis=1).mean()),
        "perClass": [[float(v) for v in row] for row in zip(*per_class)],
        "macro": average("macro"),
        "weighted": average("weighted"),
        "balanced": m.balanced_accuracy_score(y, predicted),
        "kappa": number(m.cohen_kappa_score(y, predicted, labels=every)),
        "matthews": m.matthews_corrcoef(y, predicted),
        "auc": [roc(y == c, p[:, c]) for c in every],
        "confusion": m.confusion_matrix(y, predicted, labels=every).tolist(),
        "bins": [accuracy_of_bins.tolist(), confidence_of_bins.tolist()],
    }
    if count > 2 and len(set(y)) == count:
        found["macroAuc"] = m.roc_auc_score(y, p, multi_class="ovr", average="macro")
    return found


with open(sys.argv[1]) as file:
    given = json.load(file)
json.dump(
    {
        "cases": [result(case) for case in given["cases"]],
        "mcnemar": [binomtest(min(b, c), b + c).pvalue if b + c else 1 for b, c in given["disagreements"]],
        "wilson": [list(binomtest(k, n).proportion_ci(method="wilson")) for k, n in given["shares"]],
    },
    sys.stdout,
)
