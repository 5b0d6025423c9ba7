"""Writes small Keras models with what they predict: make.py folder [name...]

Needs nothing but Keras. For each net: <name>.h5 (the format of Keras 2, with Keras 3's topology in it), <name>.keras, and
<name>.expected, JSON with the inputs and what Keras predicts for them. Weights are seeded; all of them look trained.
Besides: the same net as Keras 2 laid it out, and in other layouts of HDF5.
"""

import json
import os
import pathlib
import sys
import zipfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import h5py  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers, ops  # noqa: E402


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


def sequential(name, shape, *parts):
    return keras.Sequential([keras.Input(shape), *parts], name=name)


def normalizations():
    """What normalises, over images, sequences and vectors."""
    image = keras.Input((6, 4, 4), name="image")
    known = layers.Normalization(mean=[0.5, -0.5, 1.0, 0.0], variance=[1.0, 4.0, 0.25, 2.0], name="known")(image)
    counted = layers.Normalization(name="counted")
    counted.build((None, 6, 4, 4))
    back = layers.Normalization(mean=2.0, variance=3.0, axis=None, invert=True, name="back")(counted(known))
    grouped = layers.GroupNormalization(2, name="grouped")(layers.Conv2D(4, 3, name="conv")(back))
    each = layers.GroupNormalization(-1, epsilon=1e-2, center=False, name="each")(grouped)
    steps = layers.Reshape((4, 8), name="steps")(each)
    sequence = layers.GroupNormalization(4, scale=False, name="sequence")(steps)
    unit = layers.UnitNormalization(axis=[1, 2], name="unit")(each)
    root = layers.RMSNormalization(name="root")(sequence)
    layer = layers.LayerNormalization(axis=[1, 2], name="layer")(root)
    spectral = layers.SpectralNormalization(layers.Dense(3, name="inner"), name="spectral")(layer)
    return keras.Model(image, [unit, layer, spectral], name="normalizations")


def volumes():
    volume = keras.Input((4, 3, 5, 2), name="volume")
    padded = layers.ZeroPadding3D(((1, 0), (0, 2), (1, 1)), name="padded")(volume)
    cropped = layers.Cropping3D((1, (0, 1), 1), name="cropped")(layers.Conv3D(3, 2, name="conv")(padded))
    wide = layers.SpatialDropout3D(0.5, name="dropout")(layers.UpSampling3D((2, 1, 3), name="wide")(cropped))
    most = layers.GlobalMaxPooling3D(name="most")(wide)
    mean = layers.GlobalAveragePooling3D(keepdims=True, name="mean")(wide)
    return keras.Model(volume, [wide, most, mean], name="volumes")


def sequences():
    sequence = keras.Input((8, 4), name="sequence")
    causal = layers.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="silu", name="causal")(sequence)
    padded = layers.ZeroPadding1D((1, 2), name="padded")(causal)
    separable = layers.SeparableConv1D(5, 3, depth_multiplier=2, activation="gelu", name="separable")(padded)
    apart = layers.DepthwiseConv1D(3, padding="same", name="apart")(separable)
    wide = layers.UpSampling1D(2, name="wide")(layers.Cropping1D((2, 1), name="cropped")(apart))
    turned = layers.Conv1DTranspose(3, 4, strides=2, padding="same", name="turned")(wide)
    first = layers.MaxPooling1D(2, data_format="channels_first", name="first")(turned)
    mean = layers.GlobalAveragePooling1D(data_format="channels_first", name="mean")(turned)
    return keras.Model(sequence, [turned, first, mean], name="sequences")


def resizings():
    """Keras has the centres of pixels at halves."""
    image = keras.Input((6, 5, 2), name="image")
    conv = layers.Conv2D(4, 3, padding="same", groups=2, name="conv")(image)
    outputs = [
        layers.UpSampling2D((2, 3), interpolation="bilinear", name="smooth")(conv),
        layers.UpSampling2D(2, name="sharp")(image),
        layers.Resizing(9, 4, name="other")(conv),
        layers.Resizing(4, 9, interpolation="nearest", name="nearest")(image),
        layers.Resizing(4, 2, crop_to_aspect_ratio=True, name="cropped")(image),
        layers.CenterCrop(3, 4, name="middle")(conv),
        layers.CenterCrop(4, 9, name="grown")(image),
        layers.DepthwiseConv2D(3, dilation_rate=2, name="dilated")(conv),
        layers.Concatenate(axis=-2, name="joined")([image, image]),
        layers.MaxPooling2D(3, strides=2, name="pooled")(layers.ZeroPadding2D(name="rim")(conv)),
    ]
    return keras.Model(image, outputs, name="resizings")


def randoms():
    """Layers that change images in training only."""
    return sequential(
        "randoms",
        (6, 5, 3),
        layers.Rescaling([0.5, 2.0, 1.0], [0.1, 0.0, -0.1]),
        layers.RandomFlip(),
        layers.RandomRotation(0.2),
        layers.RandomZoom(0.2),
        layers.RandomTranslation(0.2, 0.2),
        layers.RandomContrast(0.5),
        layers.RandomBrightness(0.5),
        layers.RandomCrop(6, 5),
        layers.RandomShear(0.2, 0.2),
        layers.RandomHue(0.2),
        layers.RandomSaturation(0.5),
        layers.RandomSharpness(0.5),
        layers.RandomGrayscale(0.5),
        layers.RandomGaussianBlur(),
        layers.RandomErasing(),
        layers.RandomInvert(),
        layers.RandomPosterization(4),
        layers.RandomPerspective(),
        layers.RandomElasticTransform(),
        layers.RandomColorJitter(),
        layers.RandomColorDegeneration(0.5),
        layers.GaussianNoise(0.5),
        layers.GaussianDropout(0.5),
        layers.AlphaDropout(0.5),
        layers.ActivityRegularization(0.1),
        layers.Identity(),
    )


def activations():
    x = keras.Input((4, 3, 2), name="x")
    moved = layers.Conv2D(2, 1, name="conv")(x)
    names = (
        "celu elu exponential gelu hard_sigmoid hard_silu hard_tanh leaky_relu log_sigmoid log_softmax mish relu6 selu "
        "silu softplus softsign tanh_shrink"
    ).split()
    outputs = [layers.Activation(name, name=name)(moved) for name in names]
    outputs += [
        layers.ReLU(max_value=0.5, negative_slope=0.1, name="capped")(moved),
        layers.ReLU(negative_slope=0.2, threshold=0.3, name="above")(moved),
        layers.LeakyReLU(negative_slope=0.2, name="leaky")(moved),
        layers.PReLU(shared_axes=[1, 2], name="learned")(moved),
        layers.Softmax(axis=1, name="across")(moved),
        layers.ELU(alpha=0.5, name="slope")(moved),
    ]
    return keras.Model(x, layers.Concatenate(name="all")(outputs), name="activations")


def operators():
    """Operators on tensors between layers."""
    x = keras.Input((6, 4, 4), name="x")
    y = layers.Conv2D(4, 3, padding="same", name="y")(x)
    gate = ops.relu6(y + 3) / 6
    scaled = (1 - gate) * ops.convert_to_tensor([1.0, 2.0, 3.0, 4.0]) - x / 2
    outputs = [
        scaled,
        ops.mean(scaled, axis=[1, 2]),
        ops.max(y, axis=-1, keepdims=True),
        ops.sum(x, axis=2),
        ops.reshape(y, (-1, 24, 4)),
        ops.transpose(y, (0, 3, 1, 2)),
        y[:, 1:5:2, -1],
        y[..., 1:3],
        ops.concatenate([x, y], axis=-1),
        ops.stack([x, y], axis=1),
        ops.squeeze(ops.expand_dims(y, 2), 2),
        ops.matmul(x, ops.swapaxes(y, 2, 3)),
        ops.clip(-y, -0.2, 0.3) ** 2,
        ops.sqrt(ops.abs(y)) + ops.exp(x) * ops.square(y),
        ops.gelu(y) + ops.gelu(x, approximate=False),
        ops.softmax(y) + ops.silu(x) + ops.hard_sigmoid(y) + ops.leaky_relu(x),
        ops.normalize(y, axis=-1),
        ops.split(y, 2, axis=-1)[1],
        ops.maximum(y, 0.1) + ops.minimum(x, y),
    ]
    return keras.Model(x, outputs, name="operators")


def functions():
    """The other operators on tensors, and layers that do nothing when a model runs."""
    x = keras.Input((4, 3, 4), name="x")
    y = layers.SpatialDropout2D(0.5, name="dropped")(layers.Conv2D(4, 1, name="y")(x))
    names = "elu hard_silu log_softmax relu selu sigmoid softplus softsign tanh".split()
    positive = ops.abs(y) + 1
    outputs = [
        *(getattr(ops, name)(y) for name in names),
        ops.log(positive),
        ops.rsqrt(positive),
        ops.divide(x, positive),
        ops.min(y, axis=-1),
        ops.minimum(y, 0.1),
        ops.stop_gradient(y),
        ops.cast(y, "float32"),
    ]
    return keras.Model(x, outputs, name="functions")


def masks():
    """Where masks go in Keras: through sums and joins, into means, and not past a vector."""
    words = keras.Input((6,), name="words")
    table = layers.Embedding(5, 3, mask_zero=True, name="table")(words)
    mean = layers.GlobalAveragePooling1D(name="mean")(table)
    same = layers.LeakyReLU(name="same")(table)
    joined = layers.Concatenate(name="joined")([table, same])
    last = layers.LSTM(2, name="last")(joined)
    sum_ = layers.Add(name="sum")([table, layers.Dense(3, name="dense")(table)])
    both = layers.Bidirectional(layers.GRU(2, return_sequences=True), name="both")(sum_)
    code = layers.GRU(3, name="code")(both)
    again = layers.LSTM(2, return_sequences=True, name="again")(layers.RepeatVector(6, name="repeated")(code))
    return keras.Model(words, [mean, last, both, again], name="masks")


def cells():
    """Layers of cells, in one direction and in both."""
    stack = [layers.LSTMCell(3), layers.GRUCell(2)]
    x = keras.Input((5, 3), name="x")
    one = layers.RNN(stack, return_sequences=True, name="one")(x)
    both = layers.Bidirectional(layers.RNN(layers.LSTMCell(2), return_sequences=True), name="both")(one)
    stacked = layers.Bidirectional(layers.RNN([layers.GRUCell(3), layers.SimpleRNNCell(2)]), merge_mode="sum", name="stacked")
    return keras.Model(x, [both, stacked(both)], name="cells")


def attentions():
    words = keras.Input((6,), name="words")
    memory = keras.Input((5, 4), name="memory")
    x = layers.Embedding(5, 4, mask_zero=True, name="table")(words)
    own = layers.MultiHeadAttention(2, 3, name="own")(x, x, use_causal_mask=True)
    normal = layers.LayerNormalization(name="normal")(layers.Add(name="sum")([x, own]))
    cross, scores = layers.MultiHeadAttention(2, 3, value_dim=2, name="cross")(normal, memory, return_attention_scores=True)
    dense = layers.EinsumDense("abc,cde->abde", output_shape=(None, 2, 3), bias_axes="de", name="einsum")(memory)
    last = layers.EinsumDense("...x,xy->...y", output_shape=3, bias_axes="y", activation="relu", name="dots")(memory)
    other = layers.Embedding(5, 4, mask_zero=True, name="other")(words)
    luong = layers.Attention(use_scale=True, name="luong")([memory, other])
    bahdanau = layers.AdditiveAttention(name="bahdanau")([memory, memory], use_causal_mask=True)
    return keras.Model([words, memory], [cross, scores, dense, last, luong, bahdanau], name="attentions")


def blocks():
    """Blocks of Keras' own networks: squeeze and excitation, ConvNeXt's, Inception-ResNet's."""
    from keras.src.applications.convnext import LayerScale
    from keras.src.applications.inception_resnet_v2 import CustomScaleLayer

    image = keras.Input((6, 6, 3), name="image")
    x = layers.Conv2D(4, 3, padding="same", name="stem")(layers.Rescaling(1 / 127.5, -1, name="scaled")(image))
    squeezed = layers.GlobalAveragePooling2D(keepdims=True, name="squeezed")(x)
    gate = ops.relu6(layers.Conv2D(4, 1, name="excite")(squeezed) + 3.0) * (1.0 / 6.0)
    excited = layers.Multiply(name="excited")([x, gate])
    scaled = layers.Dense(4, name="pointwise")(layers.LayerNormalization(epsilon=1e-6, name="normal")(excited))
    scaled = x + LayerScale(0.5, 4, name="layer_scale")(scaled)
    both = CustomScaleLayer(0.17, name="custom_scale")([scaled, excited])
    return keras.Model(image, layers.GlobalMaxPooling2D(name="most")(both), name="blocks")


def trained(model, seed):
    random = np.random.default_rng(seed)
    for variable in model.weights:
        shape = variable.shape
        if variable.dtype != "float32":
            continue
        name = variable.path.split("/")[-1]
        low, high = (0.05, 3) if name in ("moving_variance", "variance") else (-0.6, 0.6)
        variable.assign(random.uniform(low, high, shape).astype("float32"))
    for layer in model.layers:
        if isinstance(layer, layers.Normalization):
            layer.finalize_state()
    return model


def pack(path):
    """The same zip, deflated: most of a small file is empty HDF5 and settings."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for name, content in parts.items():
            new.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 9)


def numbers(values):
    """As many digits as a float32 has."""
    return [float(f"{value:.9g}") for value in np.asarray(values, "float32").ravel()]


folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
older = [convolutional, functional, concatenated, nested, recurrent, half, custom]
# Keras alone has what is in these: one file each is enough.
only_keras = [
    *(normalizations, volumes, sequences, resizings, randoms, activations, operators, masks, cells, attentions, blocks, functions),
]
wanted = set(sys.argv[2:])
for seed, build in enumerate([*older, *only_keras]):
    if wanted and build.__name__ not in wanted:
        continue
    keras.backend.clear_session()
    model = trained(build(), seed)
    name = build.__name__
    random = np.random.default_rng(100 + seed)
    inputs = [random.uniform(-1, 1, (2, *x.shape[1:])).astype("float32") for x in model.inputs]
    # Words, zeros at the end among them.
    inputs = [np.float32([[1, 4, 2, 0, 3, 0], [2, 2, 0, 0, 0, 0]]) if x.name == "words" else v for x, v in zip(model.inputs, inputs)]
    outputs = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    if build in older and name not in ("half", "custom"):
        model.save(folder / f"{name}.h5")
    model.save(folder / f"{name}.keras")
    if build in only_keras:
        pack(folder / f"{name}.keras")
    expected = {
        "keras": keras.__version__,
        "inputs": [{"dims": list(x.shape), "values": numbers(x)} for x in inputs],
        "outputs": [{"dims": list(y.shape), "values": numbers(y)} for y in outputs],
    }
    (folder / f"{name}.expected").write_text(json.dumps(expected))

if wanted:
    sys.exit()


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
