"""Writes fit.json: what Pillow makes of pictures that any language can compute, fitted as docs/images.md says.

    pip install pillow==13.0.0 && python fit.py > fit.json
"""

import hashlib
import json

import PIL
from PIL import Image

CASES = [
    # width, height, alpha, then width, height, channels, fit, background
    (7, 5, False, 3, 4, 3, "stretch", (0, 0, 0)),
    (3, 4, False, 7, 5, 3, "stretch", (0, 0, 0)),
    (100, 100, False, 64, 64, 3, "contain", (0, 0, 0)),
    (100, 100, False, 64, 64, 1, "contain", (0, 0, 0)),
    (640, 480, False, 64, 64, 3, "contain", (255, 128, 0)),
    (640, 480, False, 64, 64, 3, "cover", (0, 0, 0)),
    (480, 641, False, 32, 32, 1, "cover", (0, 0, 0)),
    (480, 641, True, 32, 32, 1, "contain", (10, 200, 30)),
    (33, 17, True, 28, 28, 1, "contain", (255, 255, 255)),
    (33, 17, True, 28, 28, 3, "cover", (1, 2, 3)),
    (1, 1, True, 32, 32, 3, "contain", (9, 9, 9)),
    (1, 300, False, 32, 32, 3, "contain", (7, 8, 9)),
    (300, 1, False, 32, 24, 3, "cover", (0, 0, 0)),
    (28, 28, True, 28, 28, 1, "contain", (0, 0, 0)),
    (28, 30, True, 28, 28, 1, "cover", (0, 0, 0)),
    (1999, 3, False, 65, 2, 1, "stretch", (0, 0, 0)),
    (1237, 911, False, 224, 224, 3, "cover", (0, 0, 0)),
]


def picture(width, height, alpha):
    """Noise from a linear congruential generator, one byte a channel; opaque without `alpha`."""
    state, data = width * 65536 + height, bytearray()
    for i in range(width * height * 4):
        state = (state * 1664525 + 1013904223) % 2**32
        data.append(state >> 24 if alpha or i % 4 != 3 else 255)
    return Image.frombytes("RGBA", (width, height), bytes(data))


def half_up(length, to, by):
    return max(1, (2 * length * to + by) // (2 * by))


def fit(image, width, height, channels, mode, background):
    under = Image.new("RGB", image.size, background)
    under.paste(image.convert("RGB"), mask=image.getchannel("A"))
    flat = under.convert("L") if channels == 1 else under
    wide, high = width, height
    if mode != "stretch":
        if (image.width * height >= image.height * width) == (mode == "contain"):
            high = half_up(image.height, width, image.width)
        else:
            wide = half_up(image.width, height, image.height)
    # Rows first: one call may take the columns first, where that is less work.
    rows = flat.resize((wide, image.height), Image.Resampling.BILINEAR)
    scaled = rows.resize((wide, high), Image.Resampling.BILINEAR)
    if mode == "cover":
        left, top = (wide - width) // 2, (high - height) // 2
        return scaled.crop((left, top, left + width, top + height))
    out = Image.new(flat.mode, (width, height), Image.new("RGB", (1, 1), background).convert(flat.mode).getpixel((0, 0)))
    out.paste(scaled, ((width - wide) // 2, (height - high) // 2))
    return out


def main():
    cases = []
    for width, height, alpha, *spec in CASES:
        data = fit(picture(width, height, alpha), *spec).tobytes()
        keys = ("width", "height", "channels", "fit", "background")
        case = {"image": [width, height, alpha], "spec": dict(zip(keys, spec)), "sha256": hashlib.sha256(data).hexdigest()}
        if len(data) <= 120:
            case["bytes"] = list(data)
        cases.append(case)
    print(json.dumps({"pillow": PIL.__version__, "cases": cases}, indent=1))


main()
