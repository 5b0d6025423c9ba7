"""python neighbours.py in.json: scikit-learn's neighbours of the cases in a file, as JSON."""

import json
import sys

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

cases = json.load(open(sys.argv[1]))
results = []
for case in cases:
    index = np.fromfile(case["index"], "<f4").reshape(-1, case["width"])
    queries = np.fromfile(case["queries"], "<f4").reshape(-1, case["width"])
    labels = np.array(case["labels"])
    model = KNeighborsClassifier(
        n_neighbors=case["k"], metric=case["metric"], weights=case["weights"], algorithm="brute", n_jobs=2
    ).fit(index, labels)
    distances, rows = model.kneighbors(queries, n_neighbors=min(case["k"] + 1, len(index)))
    probabilities = np.zeros((len(queries), case["classes"]))
    probabilities[:, model.classes_] = model.predict_proba(queries)
    results.append(
        {
            "predicted": model.predict(queries).tolist(),
            "probabilities": probabilities.tolist(),
            "distances": distances.tolist(),
            "rows": rows.tolist(),
        }
    )
print(json.dumps(results))
