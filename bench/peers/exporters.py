"""The other ways from a Keras model in memory to an ONNX file. Each gives the seconds that it took."""

import time

import numpy as np


def called(model):
    """Keras exports only what was called once."""
    model(np.zeros((1, *model.input_shape[1:]), "float32"))
    return model


def keras_export(model, path):
    start = time.perf_counter()
    model.export(path, format="onnx", verbose=False)
    return time.perf_counter() - start


def tf2onnx_export(model, path):
    import tensorflow as tf
    import tf2onnx
    from keras.src.export.tf2onnx_lib import patch_tf2onnx

    patch_tf2onnx()  # What tf2onnx needs to run beside NumPy 2; Keras does it before its own export.
    start = time.perf_counter()
    signature = [tf.TensorSpec((None, *model.input_shape[1:]), tf.float32, name=model.inputs[0].name)]
    tf2onnx.convert.from_keras(model, signature, opset=17, output_path=path)
    return time.perf_counter() - start


exporters = {"keras": keras_export, "tf2onnx": tf2onnx_export}
