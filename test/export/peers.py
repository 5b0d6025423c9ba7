"""What Python's onnx and onnxruntime make of a file: peers.py model.onnx images.raw > probabilities as JSON."""

import json
import sys

import numpy as np
import onnx
import onnxruntime

path, raw = sys.argv[1:]
onnx.checker.check_model(path, full_check=True)
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
(image,) = session.get_inputs()
images = np.fromfile(raw, np.uint8).reshape(-1, *image.shape[1:])
(probabilities,) = session.run(["probabilities"], {"image": images})
print(json.dumps({"onnxruntime": onnxruntime.__version__, "probabilities": probabilities.ravel().tolist()}))
