"""What the reference client of the Open Inference Protocol gets from a server: python client.py host:port -> JSON lines."""

import json
import sys

import numpy as np
import tritonclient.http as http
from tritonclient.utils import InferenceServerException, triton_to_np_dtype

client = http.InferenceServerClient(sys.argv[1])
client.is_server_live() or sys.exit("not live")
client.is_server_ready() or sys.exit("not ready")

said = {}
said["server"] = client.get_server_metadata()
said["index"] = client.get_model_repository_index()


def refused(call, *args, **kwargs):
    try:
        call(*args, **kwargs)
        return None
    except InferenceServerException as error:
        return [error.status(), error.message()]


name = said["index"][0]["name"]
said["ready"] = [client.is_model_ready(name), client.is_model_ready(name, "1"), client.is_model_ready("other")]
said["metadata"] = metadata = client.get_model_metadata(name, "1")
said["unknown"] = refused(client.get_model_metadata, "other")

said["control"] = refused(client.unload_model, name)


def given(spec, rows, binary, seed):
    shape = [rows if size < 0 else size for size in spec["shape"]]
    stream = np.random.default_rng(seed)
    if spec["datatype"] == "BYTES":
        data = np.array(["", "two words", "ü", "4"] * rows, dtype=np.object_)[: np.prod(shape)].reshape(shape)
    else:
        data = stream.integers(0, 100, size=shape).astype(triton_to_np_dtype(spec["datatype"]))
        if spec["datatype"] == "UINT8":
            data = stream.integers(0, 256, size=shape).astype(np.uint8)
    tensor = http.InferInput(spec["name"], shape, spec["datatype"])
    tensor.set_data_from_numpy(data, binary_data=binary)
    return tensor, data


def listed(array):
    if array.dtype == np.object_:
        return [one.decode() if isinstance(one, bytes) else one for one in array.ravel()]
    return array.ravel().tolist()


said["inferred"] = []
for binary_in in [True, False]:
    for binary_out in [True, False, None]:
        # The client itself sends halves as binary data only.
        specs = [s for s in metadata["inputs"]]
        pairs = [given(s, 2, binary_in or s["datatype"] == "FP16", 7) for s in specs]
        outputs = None
        if binary_out is not None:
            outputs = [
                http.InferRequestedOutput(s["name"], binary_data=binary_out or s["datatype"] == "FP16")
                for s in metadata["outputs"]
            ]
        compress = {"request_compression_algorithm": "gzip"} if binary_in else {}
        result = client.infer(name, [p[0] for p in pairs], outputs=outputs, request_id="r1", **compress)
        response = result.get_response()
        said["inferred"].append(
            {
                "given": [listed(p[1]) for p in pairs],
                "got": [listed(result.as_numpy(s["name"])) for s in metadata["outputs"]],
                "shapes": [list(result.as_numpy(s["name"]).shape) for s in metadata["outputs"]],
                "id": response["id"],
                "model": [response["model_name"], response["model_version"]],
            }
        )

numeric = next((s for s in metadata["outputs"] if s["datatype"] == "FP32"), None)
said["classified"] = []
for binary in [True, False]:
    pairs = [given(s, 2, True, 7) for s in metadata["inputs"]]
    wanted = http.InferRequestedOutput(numeric["name"], binary_data=binary, class_count=2)
    result = client.infer(name, [p[0] for p in pairs], outputs=[wanted])
    said["classified"].append([list(result.as_numpy(numeric["name"]).shape), listed(result.as_numpy(numeric["name"]))])

pairs = [given(s, 2, True, 7) for s in metadata["inputs"]]
pairs[0][0].set_shape([2, 99])
said["wrong"] = refused(client.infer, name, [p[0] for p in pairs])
print(json.dumps(said))
