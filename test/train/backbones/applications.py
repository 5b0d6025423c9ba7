"""Writes networks of keras.applications without their heads, and what they give: applications.py folder side.

Weights and statistics are drawn at random, as training leaves them. Each network as `save_weights` wrote it before Keras 3
(`.h5`, as the published files are) and does now (`.weights.h5`); EfficientNet also as it is loaded from the published file.
"""

import json
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import h5py  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras.src.applications import efficientnet  # noqa: E402
from keras.src.legacy.saving import legacy_h5_format  # noqa: E402

folder, side = pathlib.Path(sys.argv[1]), int(sys.argv[2])
modules = {
    "MobileNetV2": keras.applications.mobilenet_v2,
    "EfficientNetB0": keras.applications.efficientnet,
    "VGG16": keras.applications.vgg16,
}
ranges = {"beta": (-0.2, 0.2), "bias": (-0.2, 0.2), "mean": (0.3, 0.6), "variance": (0.1, 0.4)}
# Where a network lets signals grow, so does rounding.
gammas = {"MobileNetV2": (0.7, 1.2), "EfficientNetB0": (0.6, 1.1)}
random = np.random.default_rng(1)
# Noise, and a dark slope.
slope = np.linspace(0, 90, side)[None, :, None] * np.array([1, 0.5, 0.2])
images = np.stack([random.integers(0, 256, (side, side, 3)), np.broadcast_to(slope, (side, side, 3))]).astype("uint8")
shapes = {"input_shape": (side, side, 3), "include_top": False}


def prepared(name, given=images):
    return modules[name].preprocess_input(given.astype("float32"))


def written(name, model):
    """What the network gives, from the bytes of images on."""
    y = np.asarray(model(prepared(name), training=False), "float32")
    return {"dims": list(y.shape), "values": y.ravel().tolist()}


def draw(name, model):
    """Weights and statistics at random, near what comes by: else nothing of an image is left after fifty layers."""
    for variable in model.weights:
        kind = variable.path.split("/")[-1]
        low, high = gammas[name] if kind == "gamma" else ranges.get(kind, (0, 0))
        if high > low:
            variable.assign(random.uniform(low, high, variable.shape))
        elif kind == "kernel" and name == "VGG16":
            variable.assign(variable * 1.5)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    for layer in norms:
        layer.momentum = 0
    seen = np.concatenate([*[images] * 4, random.integers(0, 256, (8, side, side, 3))])
    model(prepared(name, seen), training=True)
    for layer in norms:
        size = layer.moving_variance.shape
        # None much below the others: it would blow rounding up.
        variance = np.maximum(layer.moving_variance, 0.2 * np.mean(layer.moving_variance))
        layer.moving_variance.assign(variance * random.uniform(0.7, 1.4, size))
        layer.moving_mean.assign(layer.moving_mean + random.uniform(-0.1, 0.1, size) * np.sqrt(layer.moving_variance))


expected = {"images": images.ravel().tolist()}
for name in modules:
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    model = getattr(keras.applications, name)(weights=None, **shapes)
    draw(name, model)
    model.save_weights(folder / f"{name}.weights.h5")
    with h5py.File(folder / f"{name}.h5", "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)
    expected[name] = written(name, model)

# As Keras 1 called weights, and the published file does.
with h5py.File(folder / "VGG16 of Keras 1.h5", "w") as file:
    file.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
    for layer in model.layers:
        group = file.create_group(layer.name)
        names = [f"{layer.name}_{kind}_1:0" for kind in ("W", "b")[: len(layer.weights)]]
        group.attrs["weight_names"] = [name.encode() for name in names]
        for name, weight in zip(names, layer.weights):
            group[name] = np.asarray(weight)

# As Keras itself loads a file that it takes for the published one: with one layer more, which the file does not know of.
name = "EfficientNetB0"
efficientnet.file_utils.get_file = lambda *_, **__: str(folder / f"{name}.h5")
model = efficientnet.EfficientNetB0(weights="imagenet", **shapes)
draw(name, model)
model.save_weights(folder / f"{name} rescaled.weights.h5")
plain = efficientnet.EfficientNetB0(weights=None, **shapes)
plain.set_weights(model.get_weights())
with h5py.File(folder / f"{name} published.h5", "w") as file:
    legacy_h5_format.save_weights_to_hdf5_group(file, plain)
efficientnet.file_utils.get_file = lambda *_, **__: str(folder / f"{name} published.h5")
expected[f"{name} published"] = written(name, efficientnet.EfficientNetB0(weights="imagenet", **shapes))
(folder / "expected.json").write_text(json.dumps(expected))
