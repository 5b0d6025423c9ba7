"""Writes small Keras models with what they predict: make.py folder

Needs nothing but Keras. For each net: <name>.h5 (the format of Keras 2, with Keras 3's topology in it), <name>.keras, and
<name>.expected, JSON with the inputs and what Keras predicts for them. Weights are seeded; all of them look trained.
Besides: the same net as Keras 2 laid it out, and in other layouts of HDF5.
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
from keras import layers  # noqa: E402


def convolutional():
    return keras.Sequential(
        [
            keras.Input((9, 8, 3)),
            layers.Conv2D(4, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.DepthwiseConv2D(3, padding="same", activation="relu"),
            layers.SeparableConv2D(5, 3, activation="elu"),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(6, activation="tanh"),
            layers.Dense(3, activation="softmax"),
        ],
        name="convolutional",
    )


def functional():
    left = keras.Input((6, 6, 2), name="left")
    right = keras.Input((6, 6, 2), name="right")
    shared = layers.Conv2D(2, 3, padding="same", name="shared")
    added = layers.Add(name="added")([shared(left), shared(right)])
    relu = layers.Activation("relu", name="relu")(added)
    pooled = layers.GlobalAveragePooling2D(name="pooled")(relu)
    score = layers.Dense(3, name="score")(pooled)
    return keras.Model([left, right], [score, relu], name="functional_net")


def concatenated():
    image = keras.Input((6, 6, 3), name="image")
    a = layers.Conv2D(3, 1, name="a")(image)
    b = layers.Conv2D(2, 3, padding="same", name="b")(image)
    both = layers.Concatenate(name="both")([a, b])
    flat = layers.Flatten(name="flat")(both)
    return keras.Model(image, layers.Dense(2, name="dense")(flat), name="concatenated")


def nested():
    """Two models of the same layers' names, and one of them called twice."""
    inner_input = keras.Input((6, 6, 3))
    inner_output = layers.Conv2D(3, 3, padding="same", name="conv", activation="relu")(inner_input)
    inner_output = layers.BatchNormalization(name="norm")(inner_output)
    inner = keras.Model(inner_input, inner_output, name="inner")
    head = keras.Sequential([keras.Input((6, 6, 3)), layers.Flatten(), layers.Dense(2, name="conv")], name="head")
    image = keras.Input((6, 6, 3), name="image")
    outer = layers.Conv2D(3, 1, name="conv")(image)
    return keras.Model(image, head(inner(inner(outer))), name="nested")


def recurrent():
    return keras.Sequential(
        [
            keras.Input((7, 4)),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
            layers.GRU(5),
            layers.Dense(2),
        ],
        name="recurrent",
    )


def half():
    """Weights in float32 that compute in float16: a dtype policy in the topology."""
    policy = keras.dtype_policies.DTypePolicy("mixed_float16")
    return keras.Sequential([keras.Input((5,)), layers.Dense(4, dtype=policy), layers.Dense(2, dtype="float32")], name="half")


@keras.saving.register_keras_serializable("mine")
def plus_one(x):
    return x + 1


@keras.saving.register_keras_serializable("mine")
class Doubled(layers.Layer):
    def call(self, x):
        return 2 * x


def custom():
    """Layers that only Python can run."""
    return keras.Sequential(
        [keras.Input((4,)), Doubled(name="doubled"), layers.Lambda(plus_one, name="plus"), layers.Dense(2)],
        name="custom",
    )


def trained(model, seed):
    random = np.random.default_rng(seed)
    for variable in model.weights:
        shape = variable.shape
        if variable.dtype != "float32":
            continue
        name = variable.path.split("/")[-1]
        low, high = (0.05, 3) if name == "moving_variance" else (-0.6, 0.6)
        variable.assign(random.uniform(low, high, shape).astype("float32"))
    return model


folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for seed, build in enumerate([convolutional, functional, concatenated, nested, recurrent, half, custom]):
    model = trained(build(), seed)
    name = build.__name__
    random = np.random.default_rng(100 + seed)
    inputs = [random.uniform(-1, 1, (2, *x.shape[1:])).astype("float32") for x in model.inputs]
    outputs = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    if name not in ("half", "custom"):
        model.save(folder / f"{name}.h5")
    model.save(folder / f"{name}.keras")
    expected = {
        "keras": keras.__version__,
        "inputs": [{"dims": list(x.shape), "values": x.ravel().tolist()} for x in inputs],
        "outputs": [{"dims": list(y.shape), "values": np.asarray(y, "float32").ravel().tolist()} for y in outputs],
    }
    (folder / f"{name}.expected").write_text(json.dumps(expected))


def rewrite(source, target, change=lambda text: text, name=lambda text: text, **options):
    """The same model in another layout: its topology through `change`, its weights' names through `name`."""
    libver = options.pop("libver", "earliest")
    with h5py.File(folder / source) as old, h5py.File(folder / target, "w", libver=libver) as new:
        new.attrs["model_config"] = change(old.attrs["model_config"])
        new.attrs["keras_version"] = options.pop("version", "3.15.1")
        for layer, group in old["model_weights"].items():
            made = new.create_group(f"model_weights/{layer}")
            names = list(group.attrs["weight_names"])
            made.attrs["weight_names"] = np.array([name(n).encode() for n in names], "S") if names else np.array([], "S1")
            for n in names:
                made.create_dataset(name(n), data=group[n][()], **options)


def keras2(config):
    """A topology as Keras 2 wrote it."""
    model = json.loads(config)
    for layer in model["config"]["layers"]:
        for key in ("module", "registered_name", "build_config"):
            layer.pop(key, None)
        if "batch_shape" in layer["config"]:
            layer["config"]["batch_input_shape"] = layer["config"].pop("batch_shape")
        if isinstance(layer["config"].get("dtype"), dict):
            layer["config"]["dtype"] = "float32"
    return json.dumps({"class_name": model["class_name"], "config": model["config"]})


rewrite("convolutional.h5", "convolutional.keras2.h5", keras2, lambda n: f"{n.removeprefix('convolutional/')}:0", version="2.15.0")
rewrite("concatenated.h5", "concatenated.packed.h5", chunks=True, compression="gzip", shuffle=True, fletcher32=True, dtype="f8")
rewrite("concatenated.h5", "concatenated.latest.h5", libver="latest")
keras.saving.load_model(folder / "half.keras").save_weights(folder / "only.weights.h5")
with h5py.File(folder / "dense-links.h5", "w", libver="latest") as file:
    file.attrs["model_config"] = json.dumps(json.loads(convolutional().to_json()))
    for i in range(10):
        file.create_group(f"group{i}")
with h5py.File(folder / "plain.h5", "w") as file:
    file["numbers"] = np.arange(3)
