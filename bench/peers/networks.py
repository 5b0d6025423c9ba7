"""The networks of the benchmarks, made in Keras: random weights, and biases and batch norm as training leaves them."""

import keras
import numpy as np
from keras import layers


def simplenet():
    image = value = keras.Input((32, 32, 1), name="image")
    # Filters of each block's convolution, and whether pooling follows its batch norm.
    blocks = [
        *[(64, False), (128, False), (128, False), (128, True)],
        *[(128, False), (128, False), (256, True)],
        *[(256, False), (256, True), (512, False)],
    ]
    for filters, pooled in blocks:
        value = layers.Conv2D(filters, 3, padding="same", activation="relu")(value)
        value = layers.BatchNormalization()(value)
        if pooled:
            value = layers.MaxPooling2D()(value)
        value = layers.Dropout(0.2)(value)
    for filters, size, pooled in [(2048, 1, False), (256, 1, True), (256, 3, True)]:
        value = layers.Conv2D(filters, size, padding="same", activation="relu")(value)
        if pooled:
            value = layers.MaxPooling2D()(value)
        value = layers.Dropout(0.2)(value)
    value = layers.Dense(10, activation="softmax")(layers.Flatten()(value))
    return keras.Model(image, value, name="simplenet")


def vgg16():
    base = keras.applications.VGG16(include_top=False, weights=None, input_shape=(32, 32, 3))
    value = layers.Dropout(0.5)(layers.Flatten()(base.output))
    value = layers.Dropout(0.5)(layers.Dense(128, activation="relu")(value))
    return keras.Model(base.input, layers.Dense(10, activation="softmax")(value), name="vgg16")


def small_cnn():
    """As train/recipes/small-cnn.ts makes it for 28x28 images of one channel."""

    def block(value, filters, size, strides):
        value = layers.Conv2D(filters, size, strides=strides, padding="same", use_bias=False)(value)
        return layers.Activation("relu")(layers.BatchNormalization()(value))

    image = keras.Input((28, 28, 1), name="image")
    value = block(image, 16, 5, 2)
    value = layers.MaxPooling2D(2, padding="same")(block(value, 32, 3, 1))
    value = block(value, 64, 3, 1)
    value = layers.Dense(10)(layers.Flatten()(value))
    return keras.Model(image, layers.Activation("softmax")(value), name="small_cnn")


def mobilenet_v2():
    return keras.applications.MobileNetV2(weights=None, classes=1000)


def as_trained(model, negative):
    """Biases, gamma, beta, mean and variance as training leaves them; `negative`: the share of gammas below zero."""
    random = np.random.default_rng(7)
    for layer in model.layers:
        if getattr(layer, "bias", None) is not None:
            layer.bias.assign(random.normal(0, 0.05, layer.bias.shape))
        if isinstance(layer, layers.BatchNormalization):
            channels = layer.gamma.shape[0]
            layer.gamma.assign(random.uniform(0.5, 1.5, channels) * np.where(random.random(channels) < negative, -1, 1))
            layer.beta.assign(random.normal(0, 0.2, channels))
            layer.moving_mean.assign(random.normal(0.3, 0.2, channels))
            layer.moving_variance.assign(random.uniform(0.3, 1.5, channels))
    return model


networks = {
    "simplenet": (simplenet, 0),
    "simplenet-negative": (simplenet, 0.1),
    "vgg16": (vgg16, 0),
    "small-cnn": (small_cnn, 0),
    "mobilenet-v2": (mobilenet_v2, 0),
}


def make(name):
    build, negative = networks[name]
    keras.utils.set_random_seed(1)
    return as_trained(build(), negative)
