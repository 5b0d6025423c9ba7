"""
A Keras file, read with h5py and Keras: published.py files model.h5 folder > the topology as JSON; each layer's weights, in
Keras' order, go into the folder as model.json and weights.bin.
published.py predict model.keras input.raw steps features > what Keras predicts, as JSON.
"""

import json
import pathlib
import sys

import h5py
import numpy as np


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def without_initializers(config):
    """The same, with zeros to begin with: TensorFlow.js takes seconds to make orthogonal matrices that nobody needs."""
    if isinstance(config, list):
        return [without_initializers(value) for value in config]
    if not isinstance(config, dict):
        return config
    zeros = {"class_name": "Zeros", "config": {}}
    return {
        key: zeros if key.endswith("_initializer") and value else without_initializers(value)
        for key, value in config.items()
    }


def files(path, folder):
    folder = pathlib.Path(folder)
    with h5py.File(path) as file:
        groups = file["model_weights"] if "model_weights" in file else file
        layers, numbers = {}, []
        for layer in map(text, groups.attrs["layer_names"]):
            weights = [groups[layer][text(name)][()] for name in groups[layer].attrs["weight_names"]]
            layers[layer] = [list(weight.shape) for weight in weights]
            numbers += [np.asarray(weight, np.float32).ravel() for weight in weights]
        topology = without_initializers(json.loads(text(file.attrs["model_config"])))
    (folder / "model.json").write_text(json.dumps({"topology": topology, "layers": layers}))
    np.concatenate(numbers).tofile(folder / "weights.bin")


def predict(path, raw, *shape):
    import keras

    model = keras.saving.load_model(path, compile=False)
    inputs = np.fromfile(raw, np.float32).reshape(-1, *map(int, shape))
    outputs = np.asarray(model(inputs, training=False))
    print(json.dumps({"dims": outputs.shape, "values": outputs.ravel().tolist()}))


{"files": files, "predict": predict}[sys.argv[1]](*sys.argv[2:])
