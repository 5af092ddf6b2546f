"""Makes the small picture files of tests/golden/pictures: every kind that the decoders know.

Run with a Python that has Pillow: `python tests/golden/record_pictures.py`. PNG and BMP files are
written here byte by byte, so that they do not depend on the code they test.
"""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent / "pictures"
Array = np.ndarray[Any, Any]
PASSES = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
          (1, 0, 2, 1))  # fmt: skip
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


# --- PNG ------------------------------------------------------------------------------------------
def chunk(name: bytes, data: bytes) -> bytes:
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def packed(row: Array, depth: int) -> bytes:
    """The samples of a row in `depth` bits each."""
    bits = "".join(format(int(v), f"0{depth}b") for v in row.reshape(-1))
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def guess(kind: int, left: int, above: int, corner: int) -> int:
    if kind == 4:
        estimate = left + above - corner
        return min((left, above, corner), key=lambda v: abs(estimate - v))
    return (0, left, above, (left + above) // 2)[kind]


def filtered(rows: list[bytes], kinds: Any, step: int) -> bytes:
    out = bytearray()
    above = bytes(len(rows[0]) if rows else 0)
    for row, kind in zip(rows, kinds):
        out.append(kind)
        for i, value in enumerate(row):
            left, corner = (row[i - step], above[i - step]) if i >= step else (0, 0)
            out.append((value - guess(kind, left, above[i], corner)) & 255)
        above = row
    return bytes(out)


def png(
    samples: Array, color: int, depth: int, interlaced: bool = False, extra: bytes = b"",
    seed: int = 0,
) -> bytes:  # fmt: skip
    """A file of samples [height, width, channels]; each row has a filter of its own."""
    height, width, _ = samples.shape
    step = max(CHANNELS[color] * depth // 8, 1)
    rng = np.random.RandomState(seed)
    data = b""
    for y, x, dy, dx in PASSES if interlaced else ((0, 0, 1, 1),):
        part = samples[y::dy, x::dx]
        if part.size:
            rows = [packed(row, depth) for row in part]
            data += filtered(rows, rng.randint(0, 5, len(rows)).tolist(), step)
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced)
    compressed = zlib.compress(data)
    half = len(compressed) // 2  # in two chunks, as large files have many
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"tEXt", b"Title\0test") + extra
        + chunk(b"IDAT", compressed[:half]) + chunk(b"IDAT", compressed[half:])
        + chunk(b"IEND", b"")
    )  # fmt: skip


def make_pngs(rng: np.random.RandomState) -> dict[str, bytes]:
    files = {}
    for color, depths in ((0, (1, 2, 4, 8, 16)), (2, (8, 16)), (4, (8, 16)), (6, (8, 16))):
        for depth in depths:
            shape = (9, 11, CHANNELS[color])
            samples = rng.randint(0, 1 << depth, shape)
            files[f"color{color}_{depth}"] = png(samples, color, depth)
            files[f"color{color}_{depth}_interlaced"] = png(samples, color, depth, True)
    for depth in (1, 2, 4, 8):
        count = min(1 << depth, 20)
        palette = chunk(b"PLTE", rng.randint(0, 256, 3 * count).astype(np.uint8).tobytes())
        samples = rng.randint(0, count, (7, 5, 1))
        files[f"color3_{depth}"] = png(samples, 3, depth, depth == 2, palette)
        some = chunk(b"tRNS", bytes([0, 100]))
        files[f"color3_{depth}_transparent"] = png(samples, 3, depth, False, palette + some)
    for color, depth, key in ((0, 4, [3]), (0, 16, [300]), (2, 8, [1, 2, 3]), (2, 16, [9, 8, 7])):
        samples = rng.randint(0, 1 << depth, (4, 6, CHANNELS[color]))
        samples[1, 2] = samples[3, 3] = key
        extra = chunk(b"tRNS", struct.pack(f">{len(key)}H", *key))
        files[f"color{color}_{depth}_transparent"] = png(samples, color, depth, False, extra)
    gamma, srgb = chunk(b"gAMA", struct.pack(">I", 50000)), chunk(b"sRGB", b"\0")
    for color, depth in ((2, 8), (2, 16), (6, 16)):
        samples = rng.randint(0, 1 << depth, (5, 6, CHANNELS[color]))
        samples[2, :, :3] = samples[2, :, :1]  # greys
        files[f"color{color}_{depth}_gamma"] = png(samples, color, depth, False, gamma)
        files[f"color{color}_{depth}_srgb"] = png(samples, color, depth, False, gamma + srgb)
    tall = rng.randint(0, 40, (80, 6, 3)) + np.arange(80)[:, None, None]
    files["tall"] = png(tall, 2, 8, seed=1)
    return {f"{name}.png": data for name, data in files.items()}


# --- BMP ------------------------------------------------------------------------------------------
def bmp(pixels: Array, top_down: bool = False) -> bytes:
    """A file of pixels [height, width, channels] as they are stored."""
    height, width, channels = pixels.shape
    start = 54 + (1024 if channels == 1 else 0)
    padding = -(width * channels) % 4
    rows = [row.astype(np.uint8).tobytes() + b"\x07" * padding for row in pixels]
    header = struct.pack("<2sIHHI", b"BM", start + sum(map(len, rows)), 0, 0, start)
    header += struct.pack("<IiiHHIIiiII", 40, width, -height if top_down else height, 1,
                          8 * channels, 0, 0, 0, 0, 0, 0)  # fmt: skip
    return header + bytes(start - 54) + b"".join(rows)


def make_bmps(rng: np.random.RandomState) -> dict[str, bytes]:
    return {
        f"{channels}{'_down' * down}.bmp": bmp(rng.randint(1, 256, (5, 3, channels)), down)
        for channels in (1, 3, 4)
        for down in (False, True)
    }


# --- GIF and JPEG, by Pillow ----------------------------------------------------------------------
def smooth(rng: np.random.RandomState, height: int, width: int) -> Array:
    """A picture without sharp edges, as JPEG likes them."""
    y, x = np.indices((height, width)) / 6.0
    phases = rng.uniform(0, 6, (3, 2))
    planes = [np.sin(y + a) + np.cos(x * 0.8 + b) for a, b in phases]
    return (np.stack(planes, -1) * 60 + 128).clip(0, 255).astype(np.uint8)


def saved(image: Any, kind: str, **more: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format=kind, **more)
    return out.getvalue()


def make_jpegs(rng: np.random.RandomState) -> dict[str, bytes]:
    from PIL import Image

    image = Image.fromarray(smooth(rng, 21, 35))
    return {
        "rgb.jpg": saved(image, "JPEG", quality=90, subsampling="4:4:4"),
        "halved.jpg": saved(image, "JPEG", quality=90, subsampling="4:2:0"),
        "progressive.jpg": saved(image, "JPEG", quality=70, progressive=True),
        "grey.jpg": saved(image.convert("L"), "JPEG", quality=90),
    }


def make_gifs(rng: np.random.RandomState) -> dict[str, bytes]:
    from PIL import Image

    frames = [Image.fromarray(rng.randint(0, 256, (9, 13, 3)).astype(np.uint8)) for _ in range(3)]
    few = [frame.quantize(n) for frame, n in zip(frames, (4, 9, 256))]
    moved = [few[0].copy() for _ in range(3)]
    for k, frame in enumerate(moved):
        frame.paste(k, (2 + k, 3, 6 + k, 7))
    clear = Image.fromarray(rng.randint(0, 5, (8, 10)).astype(np.uint8), "P")
    clear.putpalette(list(range(30)))
    large = Image.fromarray(rng.randint(0, 256, (60, 80)).astype(np.uint8))
    return {
        "one.gif": saved(few[1], "GIF"),
        "interlaced.gif": saved(few[0], "GIF", interlace=1),
        "frames.gif": saved(few[0], "GIF", save_all=True, append_images=few[1:]),
        "moved.gif": saved(moved[0], "GIF", save_all=True, append_images=moved[1:]),
        "transparent.gif": saved(clear, "GIF", transparency=2),
        "large.gif": saved(large, "GIF"),
    }


def main() -> None:
    """Writes all files."""
    rng = np.random.RandomState(3)
    FOLDER.mkdir(exist_ok=True)
    for make in (make_pngs, make_bmps, make_jpegs, make_gifs):
        for name, data in make(rng).items():
            assert data[-1], f"{name} ends with a zero, which numpy would drop"
            (FOLDER / name).write_bytes(data)


if __name__ == "__main__":
    main()
