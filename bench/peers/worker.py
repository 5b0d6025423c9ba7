"""Answers one JSON request a line with one JSON line: what the benchmarks ask of Python. Its own stdout goes to stderr."""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

models = {}


def model_of(path):
    import keras
    from exporters import called

    if path not in models:
        models[path] = called(keras.saving.load_model(path, compile=False))
    return models[path]


def versions():
    from importlib.metadata import version

    import tensorflow

    return {"Keras": version("keras"), "TensorFlow": tensorflow.__version__, "tf2onnx": version("tf2onnx")}


def where():
    return {"path": sys.executable}


def make(network, path):
    from networks import make as build

    model = build(network)
    model.save(path)
    save_as_run(model, path)
    return {"parameters": model.count_params()}


def save_as_run(model, path):
    """What a run folder holds of a model: TensorFlow.js' model.json, and its weights one after another."""
    named = [(f"{layer.name}/{each.name}", each.numpy()) for layer in model.layers for each in layer.weights]
    manifest = [{"name": name, "shape": values.shape, "dtype": "float32"} for name, values in named]
    topology = {"modelTopology": json.loads(model.to_json()), "weightsManifest": [{"weights": manifest}]}
    with open(path + ".json", "w") as file:
        json.dump(topology, file)
    with open(path + ".bin", "wb") as file:
        for _, values in named:
            file.write(values.astype("<f4").tobytes())


def export(exporter, model, path):
    from exporters import exporters

    return exporters[exporter](model_of(model), path) * 1000


def status(key):
    """A line of /proc/self/status in bytes."""
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))


def memory(exporter, model, path):
    """How much more memory than before the process has at its peak while it exports; Linux only."""
    if not os.path.exists("/proc/self/clear_refs"):
        return None
    import gc

    import tensorflow  # noqa: F401
    import tf2onnx  # noqa: F401
    from exporters import exporters

    loaded = model_of(model)
    gc.collect()
    with open("/proc/self/clear_refs", "w") as peak:
        peak.write("5")
    before = status("VmRSS")
    exporters[exporter](loaded, path)
    return status("VmHWM") - before


def prepare_training(trainer, network, batch):
    from training import prepare

    return prepare(trainer, network, batch)


def processor_time():
    """Milliseconds of all threads of this process so far."""
    import time

    return time.process_time() * 1000


def train(network, count):
    from training import train as run

    return run(network, count)


def knn(index, queries, labels, width, k, out, **_):
    """scikit-learn's neighbours on all cores: milliseconds of the search, and the most memory; labels go into a file."""
    import resource
    import time

    import numpy as np
    from sklearn.neighbors import KNeighborsClassifier

    read = lambda path: np.fromfile(path, "<f4").reshape(-1, width)
    model = KNeighborsClassifier(k, n_jobs=-1).fit(read(index), np.fromfile(labels, "u1"))
    asked = read(queries)
    begin = time.perf_counter()
    predicted = model.predict(asked)
    milliseconds = (time.perf_counter() - begin) * 1000
    predicted.astype("u1").tofile(out)
    return {"milliseconds": milliseconds, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


tasks = {task.__name__: task for task in (versions, where, make, export, memory, prepare_training, train, processor_time, knn)}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"value": tasks[request["task"]](**request["args"])}
    except Exception as error:  # The other side says it.
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), file=answers, flush=True)
