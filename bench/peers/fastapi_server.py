"""The server that people write with FastAPI and ONNX Runtime: python fastapi_server.py floats.onnx classifier.onnx"""

import io
import socket
import sys

import numpy as np
import onnxruntime as ort
import uvicorn
from fastapi import FastAPI, Request, UploadFile
from PIL import Image
from pydantic import BaseModel

options = ort.SessionOptions()
options.intra_op_num_threads = 2
floats, classifier = (ort.InferenceSession(path, options, providers=["CPUExecutionProvider"]) for path in sys.argv[1:3])


class Input(BaseModel):
    name: str
    shape: list[int]
    datatype: str
    data: list[float]


class Request(BaseModel):
    inputs: list[Input]


app = FastAPI()


@app.get("/v2/health/ready")
def ready():
    return {"ready": True}


@app.post("/v2/models/bench/infer")
def infer(request: Request):
    given = request.inputs[0]
    image = np.array(given.data, dtype=np.float32).reshape(given.shape)
    (probabilities,) = floats.run(None, {"image": image})
    output = {"name": "probabilities", "datatype": "FP32", "shape": list(probabilities.shape)}
    return {"model_name": "bench", "outputs": [{**output, "data": probabilities.ravel().tolist()}]}


@app.post("/classify")
def classify(image: UploadFile):
    pixels = np.asarray(Image.open(io.BytesIO(image.file.read())).convert("L").resize((32, 32)))
    (probabilities,) = classifier.run(None, {"image": pixels.reshape(1, 32, 32, 1)})
    best = int(probabilities[0].argmax())
    return {"label": str(best), "index": best, "probabilities": probabilities[0].tolist()}


def fastest():
    """What `uvicorn[standard]` brings, where it is there."""
    try:
        import httptools  # noqa: F401
        import uvloop  # noqa: F401

        return {"loop": "uvloop", "http": "httptools"}
    except ImportError:
        return {"loop": "asyncio", "http": "h11"}


if __name__ == "__main__":
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    how = fastest()
    print(f"FastAPI, uvicorn with {how['loop']} and {how['http']}, on port {listening.getsockname()[1]}", flush=True)
    config = uvicorn.Config(app, log_level="warning", access_log=False, **how)
    uvicorn.Server(config).run(sockets=[listening])
