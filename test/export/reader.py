"""What the reader of docs/model-file.md makes of images: reader.py folder < {"specs": [...], "files": [...]} > sha256s as JSON."""

import hashlib
import json
import sys

sys.path.insert(0, sys.argv[1])
from read_onward import decode, fit

asked = json.load(sys.stdin)


def digests(file):
    """Of the picture that was decoded, then of what each model would be fed."""
    image = decode(f"{sys.argv[1]}/{file}")
    made = [image.tobytes(), *(fit(image, spec).tobytes() for spec in asked["specs"])]
    return [hashlib.sha256(each).hexdigest() for each in made]


print(json.dumps({file: digests(file) for file in asked["files"]}))
