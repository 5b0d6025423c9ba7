"""Writes a small model as Keras 2 does, with what it predicts: make_keras2.py folder

Needs tensorflow and tf_keras, which is Keras 2. The model has operators of TensorFlow between its layers (TFOpLambda,
SlicingOpLambda), and what Keras 3 computes otherwise or saves in another way.
"""

import json
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf_keras as keras  # noqa: E402
from tf_keras import layers  # noqa: E402


def numbers(values):
    """As many digits as a float32 has."""
    return [float(f"{value:.9g}") for value in np.asarray(values, "float32").ravel()]


image = keras.Input((6, 4, 4), name="image")
y = layers.Conv2D(4, 3, padding="same", name="stem/conv")(image)
gate = tf.nn.relu6(y + 3.0) * (1.0 / 6.0)
scaled = (1.0 - gate) * tf.constant([1.0, 2.0, 3.0, 4.0]) - image / 2.0
steps = tf.reshape(scaled, [-1, 6, 16])
attended = layers.MultiHeadAttention(2, 3, name="attended")(steps, steps, use_causal_mask=True)
outputs = [
    tf.concat([scaled, tf.square(y)], axis=-1),
    tf.reduce_mean(scaled, axis=[1, 2], keepdims=True),
    tf.transpose(y, [0, 3, 1, 2])[:, 1:3, ::2, -1],
    tf.stack([image, tf.clip_by_value(y, -0.2, 0.3)], 1),
    tf.matmul(image, y, transpose_b=True),
    tf.squeeze(tf.expand_dims(tf.math.l2_normalize(y, axis=-1), 1), 1),
    tf.maximum(tf.nn.silu(y), 0.1) + tf.nn.softmax(image) - tf.abs(y) ** 2,
    layers.Activation("hard_sigmoid", name="hard")(y),
    layers.UpSampling2D(2, interpolation="bilinear", name="smooth")(y),
    layers.GroupNormalization(2, name="grouped")(y),
    layers.GRU(3, name="gru")(attended),
]
model = keras.Model(image, outputs, name="lambdas")
random = np.random.default_rng(7)
model.set_weights([random.uniform(-0.6, 0.6, w.shape) for w in model.get_weights()])
x = random.uniform(-1, 1, (2, 6, 4, 4)).astype("float32")
expected = {
    "keras": keras.__version__,
    "inputs": [{"dims": list(x.shape), "values": numbers(x)}],
    "outputs": [{"dims": list(z.shape), "values": numbers(z)} for z in model(x, training=False)],
}
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
model.save(folder / "lambdas.keras2.h5")
(folder / "lambdas.expected").write_text(json.dumps(expected))
