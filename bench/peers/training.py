"""Training steps in Keras and PyTorch, of the networks that bench/benchmarks/train.ts trains: batches of images as they come from memory."""

import time

import numpy as np

# Of each block of simplenet: filters, kernel, whether batch norm follows, whether pooling follows.
BLOCKS = [
    *[(64, 3, True, False), (128, 3, True, False), (128, 3, True, False), (128, 3, True, True)],
    *[(128, 3, True, False), (128, 3, True, False), (256, 3, True, True)],
    *[(256, 3, True, False), (256, 3, True, True), (512, 3, True, False)],
    *[(2048, 1, False, False), (256, 1, False, True), (256, 3, False, True)],
]
WIDTHS = [1152, 576, 288, 144]
FILTERS = [16, 32, 64]
LEARNING_RATE = 1e-3


def images(batch):
    random = np.random.default_rng(1)
    return random.random((batch, 32, 32, 1), "float32"), np.arange(batch) % 10


def keras_step(network, batch):
    import keras
    from keras import layers

    image = value = keras.Input((32, 32, 1))
    if network == "simplenet":
        for filters, size, normed, pooled in BLOCKS:
            value = layers.Conv2D(filters, size, padding="same", activation="relu")(value)
            if normed:
                value = layers.BatchNormalization()(value)
            if pooled:
                value = layers.MaxPooling2D()(value)
            value = layers.Dropout(0.2)(value)
        value = layers.Flatten()(value)
    elif network == "dense-regularized":
        value = layers.Flatten()(value)
        for units in WIDTHS:
            value = layers.BatchNormalization()(layers.Dense(units, activation="relu")(value))
            value = layers.Dropout(0.25)(value)
    else:
        for filters in FILTERS:
            value = layers.MaxPooling2D()(layers.Conv2D(filters, 3, padding="same", activation="relu")(value))
        value = layers.GlobalAveragePooling2D()(value)
    model = keras.Model(image, layers.Dense(10)(value))
    model.compile(
        optimizer=keras.optimizers.Adam(LEARNING_RATE),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    x, y = images(batch)
    return model.count_params(), lambda: model.train_on_batch(x, y)


def torch_step(network, batch):
    import torch
    from torch import nn

    parts, channels = [], 1
    if network == "simplenet":
        for filters, size, normed, pooled in BLOCKS:
            parts += [nn.Conv2d(channels, filters, size, padding=size // 2), nn.ReLU()]
            parts += [nn.BatchNorm2d(filters)] if normed else []
            parts += [nn.MaxPool2d(2)] if pooled else []
            parts += [nn.Dropout(0.2)]
            channels = filters
        parts += [nn.Flatten()]
    elif network == "dense-regularized":
        parts, channels = [nn.Flatten()], 1024
        for units in WIDTHS:
            parts += [nn.Linear(channels, units), nn.ReLU(), nn.BatchNorm1d(units), nn.Dropout(0.25)]
            channels = units
    else:
        for filters in FILTERS:
            parts += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            channels = filters
        parts += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    model = nn.Sequential(*parts, nn.Linear(channels, 10))
    optimizer = torch.optim.Adam(model.parameters(), LEARNING_RATE)
    lossOf = nn.CrossEntropyLoss()
    x, y = images(batch)
    x, y = torch.from_numpy(x.transpose(0, 3, 1, 2).copy()), torch.from_numpy(y)

    def step():
        optimizer.zero_grad()
        scores = model(x)
        loss = lossOf(scores, y)
        loss.backward()
        optimizer.step()
        return loss.item(), (scores.argmax(1) == y).sum().item()

    # Batch norm's moving statistics count with Keras, and do not with PyTorch.
    buffers = sum(each.numel() for name, each in model.named_buffers() if "running" in name)
    return sum(each.numel() for each in model.parameters()) + buffers, step


makers = {"keras": keras_step, "pytorch": torch_step}
steps = {}


def prepare(trainer, network, batch):
    """Makes a network and takes a step; gives its parameters."""
    parameters, step = makers[trainer](network, batch)
    step()
    steps[network] = step
    return parameters


def train(network, count):
    """Milliseconds for so many steps. The threads of who had the turn before are given time to go to sleep."""
    time.sleep(0.3)
    step = steps[network]
    start = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - start) * 1000
