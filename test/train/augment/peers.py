"""What Keras, SciPy, Pillow and TensorFlow make of images: peers.py cases.json > JSON, base64 of float32 a case."""

import base64
import io
import json
import os
import sys
import warnings

warnings.filterwarnings("ignore")
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import scipy.ndimage
import scipy.stats
import tensorflow as tf
from keras.src.legacy.preprocessing.image import ImageDataGenerator
from PIL import Image, ImageEnhance


def keras(x, transform, fill=("nearest", 0.0)):
    generator = ImageDataGenerator(fill_mode=fill[0], cval=fill[1])
    return generator.apply_transform(x.astype("float32"), transform)


def affine(x, theta, dy, dx, shear, zy, zx, fill):
    # Keras calls what moves an image sideways tx, and gives it the height shift.
    shifted = {"theta": theta, "tx": dx, "ty": dy, "shear": shear, "zx": zx, "zy": zy}
    return keras(x, shifted, fill)


def affine_any_shape(x, theta, dy, dx, shear, zy, zx, fill):
    """The matrices of Keras in rows and columns, about the middle of an image that need not be square."""
    t, s = np.deg2rad(theta), np.deg2rad(shear)
    rotation = np.array([[np.cos(t), np.sin(t)], [-np.sin(t), np.cos(t)]])
    inner = np.array([[np.cos(s), 0], [-np.sin(s), 1]]) @ np.diag([zy, zx])
    middle = (np.array(x.shape[:2]) - 1) / 2
    matrix = rotation @ inner
    offset = middle + rotation @ np.array([dy, dx]) - matrix @ middle
    return per_channel(
        x, lambda c: scipy.ndimage.affine_transform(c, matrix, offset, order=1, mode=fill[0], cval=fill[1])
    )


def per_channel(x, change):
    return np.stack([change(x[..., c].astype("float64")) for c in range(x.shape[-1])], axis=-1)


def pillow(x):
    return Image.fromarray(x if x.shape[-1] == 3 else x[..., 0])


def array(image):
    x = np.asarray(image)
    return x if x.ndim == 3 else x[..., None]


def jpeg(x, quality):
    file = io.BytesIO()
    pillow(x).save(file, "JPEG", quality=quality, subsampling=0)
    return array(Image.open(file))


def crop(x, top, left, height, width):
    box = (left, top, left + width, top + height)
    return array(pillow(x).resize((x.shape[1], x.shape[0]), Image.Resampling.BILINEAR, box=box))


makers = {
    "affine": affine,
    "affine_any_shape": affine_any_shape,
    "flip": lambda x: keras(x, {"flip_horizontal": True, "flip_vertical": True}),
    "channel_shift": lambda x, shift: keras(x, {"channel_shift_intensity": shift}),
    "brightness": lambda x, factor: keras(x, {"brightness": factor}),
    "contrast": lambda x, factor: array(ImageEnhance.Contrast(pillow(x)).enhance(factor)),
    "saturation": lambda x, factor: array(ImageEnhance.Color(pillow(x)).enhance(factor)),
    "gamma": lambda x, exponent: 255 * tf.image.adjust_gamma(x / 255.0, exponent).numpy(),
    "hue": lambda x, delta: 255 * tf.image.adjust_hue(x.astype("float32") / 255, delta).numpy(),
    "crop": crop,
    "blur": lambda x, sigma: per_channel(x, lambda c: scipy.ndimage.gaussian_filter(c, sigma, mode="nearest")),
    "jpeg": jpeg,
    "beta": lambda x, alpha, draws: np.array([scipy.stats.kstest(draws, scipy.stats.beta(alpha, alpha).cdf).pvalue]),
}

results = []
with open(sys.argv[1]) as file:
    for case in json.load(file):
        x = np.frombuffer(base64.b64decode(case["image"]), "uint8").reshape(case["shape"])
        result = makers[case["maker"]](x, *case["with"])
        results.append(base64.b64encode(np.ascontiguousarray(result, "<f4").tobytes()).decode())
print(json.dumps(results))
