"""Saves a Keras application: inspect-keras.py name folder > what TensorFlow's profiler counts in it, as JSON."""

import io
import json
import os
import pathlib
import sys
from contextlib import redirect_stdout

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import tensorflow as tf

name, folder = sys.argv[1:]
model = getattr(keras.applications, name)(weights=None)
model.save(pathlib.Path(folder) / f"{name}.keras")

call = tf.function(model).get_concrete_function(tf.TensorSpec([1, *model.input_shape[1:]], tf.float32))
options = tf.compat.v1.profiler.ProfileOptionBuilder(tf.compat.v1.profiler.ProfileOptionBuilder.float_operation())
with redirect_stdout(io.StringIO()):
    profile = tf.compat.v1.profiler.profile(call.graph, options=options.with_empty_output().build())


def operations(node):
    """Floating point operations of the nodes below, by operator."""
    found = {}
    stack = [node]
    while stack:
        node = stack.pop()
        stack.extend(node.children)
        op = call.graph.get_operation_by_name(node.name).type if node.name != "_TFProfRoot" else ""
        found[op] = found.get(op, 0) + node.float_ops
    return found


counts = operations(profile)
products = sum(counts.get(op, 0) for op in ["Conv2D", "DepthwiseConv2dNative", "MatMul"])
# A multiplication and an addition each.
print(json.dumps({"multiplyAdds": products // 2, "parameters": model.count_params()}))
