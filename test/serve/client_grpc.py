"""What the reference client of the protocol gets over gRPC: python client_grpc.py host:port -> JSON."""

import json
import sys

import numpy as np
import tritonclient.grpc as grpc
from tritonclient.grpc import service_pb2 as pb
from tritonclient.grpc import service_pb2_grpc
from tritonclient.utils import InferenceServerException, triton_to_np_dtype

client = grpc.InferenceServerClient(sys.argv[1])
said = {"health": [client.is_server_live(), client.is_server_ready()]}
said["server"] = client.get_server_metadata(as_json=True)
said["index"] = client.get_model_repository_index(as_json=True)["models"]


def refused(call, *args, **kwargs):
    try:
        call(*args, **kwargs)
        return None
    except InferenceServerException as error:
        return [error.status(), error.message()]


name = said["index"][0]["name"]
said["ready"] = [client.is_model_ready(name), client.is_model_ready(name, "1"), client.is_model_ready("other")]
said["metadata"] = metadata = client.get_model_metadata(name, "1", as_json=True)
said["unknown"] = refused(client.get_model_metadata, "other")
said["control"] = [refused(client.load_model, name), refused(client.unload_model, name)]
said["config"] = refused(client.get_model_config, name)


def given(spec, rows, seed):
    shape = [rows if int(size) < 0 else int(size) for size in spec["shape"]]
    stream = np.random.default_rng(seed)
    if spec["datatype"] == "BYTES":
        data = np.array(["", "two words", "ü", "4"] * rows, dtype=np.object_)[: np.prod(shape)].reshape(shape)
    else:
        kind = triton_to_np_dtype(spec["datatype"])
        data = stream.integers(0, 256 if kind == np.uint8 else 100, size=shape).astype(kind)
        if np.issubdtype(kind, np.floating):
            data.ravel()[:3] = [np.nan, -np.inf, -0.0]
        elif kind != bool:
            # What JSON would round, or a sign would turn over.
            data.ravel()[:2] = [np.iinfo(kind).min, np.iinfo(kind).max]
    tensor = grpc.InferInput(spec["name"], shape, spec["datatype"])
    tensor.set_data_from_numpy(data)
    return tensor, data


def words(array):
    """Exact and JSON: the bits of numbers, the text of strings."""
    if array.dtype == np.object_:
        return [one.decode() if isinstance(one, bytes) else one for one in array.ravel()]
    return array.tobytes().hex()


typed = {
    "BOOL": "bool_contents",
    "UINT8": "uint_contents",
    "UINT16": "uint_contents",
    "UINT32": "uint_contents",
    "UINT64": "uint64_contents",
    "INT8": "int_contents",
    "INT16": "int_contents",
    "INT32": "int_contents",
    "INT64": "int64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "BYTES": "bytes_contents",
}
pairs = [given(s, 2, 7) for s in metadata["inputs"]]
said["inferred"] = []
for outputs in [None, [grpc.InferRequestedOutput(s["name"]) for s in metadata["outputs"]]]:
    for compression in [None, "gzip", "deflate"]:
        result = client.infer(
            name,
            [p[0] for p in pairs],
            outputs=outputs,
            request_id="r1",
            compression_algorithm=compression,
            client_timeout=30,
        )
        response = result.get_response()
        said["inferred"].append(
            {
                "given": [words(p[1]) for p in pairs],
                "got": [words(result.as_numpy(s["name"])) for s in metadata["outputs"]],
                "values": [result.as_numpy(s["name"]).astype(float).ravel().tolist() for s in metadata["outputs"][:1]],
                "shapes": [list(result.as_numpy(s["name"]).shape) for s in metadata["outputs"]],
                "id": response.id,
                "model": [response.model_name, response.model_version],
            }
        )
said["pixels"] = pairs[0][1].astype(float).ravel().tolist()

# Typed contents, which the client itself never sends: by its messages; of the last model.
stub = service_pb2_grpc.GRPCInferenceServiceStub(client._channel)
other = said["index"][-1]["name"]
specs = client.get_model_metadata(other, as_json=True)["inputs"]
request = pb.ModelInferRequest(model_name=other)
for spec in specs:
    _, data = given(spec, 2, 7)
    entry = request.inputs.add(name=spec["name"], datatype=spec["datatype"], shape=data.shape)
    flat = [str(one).encode() for one in data.ravel()] if data.dtype == np.object_ else data.ravel().tolist()
    getattr(entry.contents, typed[spec["datatype"]]).extend(flat)
answer = stub.ModelInfer(request)
result = grpc.InferResult(answer)
said["typed"] = {
    "given": [words(given(s, 2, 7)[1]) for s in specs],
    "got": [words(result.as_numpy(o.name)) for o in answer.outputs],
}

numeric = next((s for s in metadata["outputs"] if s["datatype"] == "FP32"), None)
result = client.infer(name, [p[0] for p in pairs], outputs=[grpc.InferRequestedOutput(numeric["name"], class_count=2)])
best = result.as_numpy(numeric["name"])
said["classified"] = [list(best.shape), words(best)]

wrong = [given(s, 2, 7)[0] for s in metadata["inputs"]]
wrong[0].set_shape([2, 99])
said["wrong"] = refused(client.infer, name, wrong)

# Its messages by name: type, number and repetition of each field.
said["messages"] = {
    message.name: {
        field.name: [field.number, field.type, field.is_repeated, field.message_type.name if field.message_type else None]
        for field in message.fields
    }
    for message in [
        *pb.DESCRIPTOR.message_types_by_name.values(),
        *pb.ModelInferRequest.DESCRIPTOR.nested_types,
        *pb.ModelInferResponse.DESCRIPTOR.nested_types,
        *pb.ModelMetadataResponse.DESCRIPTOR.nested_types,
        *pb.RepositoryIndexResponse.DESCRIPTOR.nested_types,
    ]
}
print(json.dumps(said))
