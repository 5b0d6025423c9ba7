"""Writes networks of keras.applications, with random weights, and what they predict: applications.py folder name...

Small images, ten classes. Statistics and affine weights of normalisations are drawn as training leaves them.
"""

import json
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras  # noqa: E402
import numpy as np  # noqa: E402

# The least side of an image that they take; the others take 32.
sides = {"InceptionV3": 75, "InceptionResNetV2": 75, "Xception": 71}
# These begin with the preprocessing, so that they take the numbers of images.
takes_pixels = ("ConvNeXt", "EfficientNet", "MobileNetV3")
ranges = {
    "moving_variance": (0.5, 2),
    "moving_mean": (-0.3, 0.3),
    # Deep networks of random layers are chaotic unless each of them dampens.
    "gamma": (0.3, 0.9),
    "beta": (-0.2, 0.2),
    "bias": (-0.2, 0.2),
}

folder = pathlib.Path(sys.argv[1])
for name in sys.argv[2:]:
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    random = np.random.default_rng(1)
    side = sides.get(name, 32)
    build = getattr(keras.applications, name)
    model = build(weights=None, input_shape=(side, side, 3), classes=10, classifier_activation=None)
    for variable in model.weights:
        low, high = ranges.get(variable.path.split("/")[-1], (0, 0))
        if high > low:
            variable.assign(random.uniform(low, high, variable.shape))
    x = random.uniform(0, 255, (2, side, side, 3)).astype("float32")
    if not name.startswith(takes_pixels):
        x = x / 127.5 - 1
    y = np.asarray(model(x, training=False), "float32")
    model.save(folder / f"{name}.keras")
    tensors = {"inputs": [x], "outputs": [y]}
    expected = {
        key: [{"dims": list(each.shape), "values": each.ravel().tolist()} for each in values]
        for key, values in tensors.items()
    }
    (folder / f"{name}.expected").write_text(json.dumps(expected))
print(json.dumps({"keras": keras.__version__, "count": len(sys.argv) - 2}))
