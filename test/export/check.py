"""What Python's onnx finds wrong with the files of a folder: check.py folder > JSON, one sentence a file."""

import json
import pathlib
import sys

import onnx
import onnx.shape_inference


def sizes(value):
    """Its sizes, 0 for one that is not known."""
    return [dim.dim_value for dim in value.type.tensor_type.shape.dim]


def fault(path):
    try:
        onnx.checker.check_model(path, full_check=True)
        model = onnx.load(path)
        said = [sizes(value) for value in model.graph.output]
        for value in model.graph.output:
            value.type.tensor_type.ClearField("shape")
        inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
        found = [sizes(value) for value in inferred.graph.output]
        for a, b in zip(found, said):
            if len(a) != len(b) or any(x and y and x != y for x, y in zip(a, b)):
                return f"it gives {a}, and the file says {b}"
    except Exception as error:
        return str(error)


files = sorted(pathlib.Path(sys.argv[1]).glob("*.onnx"))
faults = {file.stem: fault(str(file)) for file in files}
print(json.dumps({"count": len(files), **{name: what for name, what in faults.items() if what}}))
