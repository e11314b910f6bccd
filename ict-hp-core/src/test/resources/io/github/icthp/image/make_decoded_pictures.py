"""Writes decoded-pictures.jsonl: small drawn pictures of every kind, and what Pillow 12.3.0 decodes.

    python make_decoded_pictures.py > decoded-pictures.jsonl

Each line holds `name`, `file` (base64), `width`, `height`, `sha256` of the RGB bytes of convert("RGB"), and
`upright_sha256` of those of exif_transpose.
"""

import base64
import hashlib
import io
import json
import struct
import warnings
import zlib

import numpy as np
from PIL import Image, ImageCms, ImageOps

warnings.simplefilter("ignore")
rng = np.random.default_rng(12)


def picture(width: int, height: int) -> Image.Image:
    """Soft colour waves with a sharp-edged square."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [127 + 120 * np.sin(x / (3 + c) + y / (5 - c)) for c in range(3)]
    array = np.stack(waves, -1).astype(np.uint8)
    array[height // 4: height // 2, width // 4: width // 2] = (250, 20, 90)
    return Image.fromarray(array)


def emit(name: str, data: bytes) -> None:
    image = Image.open(io.BytesIO(data))
    rgb = np.asarray(image.convert("RGB"))
    upright = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    print(json.dumps({
        "name": name, "file": base64.b64encode(data).decode(), "width": image.width, "height": image.height,
        "sha256": hashlib.sha256(rgb.tobytes()).hexdigest(),
        "upright_sha256": hashlib.sha256(np.ascontiguousarray(upright).tobytes()).hexdigest()}))


def saved(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


# --------------------------------------------------------------------------- PNG, written by hand
PASSES = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def packed(samples: np.ndarray, depth: int) -> bytes:
    if depth >= 8:
        return samples.astype(">u2" if depth == 16 else "u1").tobytes()
    bits = "".join(format(int(v), f"0{depth}b") for v in samples)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def filtered(rows: list, distance: int) -> bytes:
    """Each row with a filter drawn at random."""
    out, above = b"", bytes(len(rows[0]))
    for row in rows:
        kind, coded = int(rng.integers(0, 5)), bytearray()
        for i, value in enumerate(row):
            a = row[i - distance] if i >= distance else 0
            b, c = above[i], above[i - distance] if i >= distance else 0
            to_a, to_b, to_c = abs(b - c), abs(a - c), abs(a + b - 2 * c)
            paeth = a if to_a <= to_b and to_a <= to_c else b if to_b <= to_c else c
            coded.append((value - [0, a, b, (a + b) // 2, paeth][kind]) & 255)
        out += bytes([kind]) + bytes(coded)
        above = row
    return out


def png(width: int, height: int, color: int, depth: int, interlaced: int) -> bytes:
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    y, x = np.mgrid[0:height, 0:width]
    samples = x[..., None] * 37 + y[..., None] * 11 + np.arange(channels) * 91
    samples = (samples * (257 if depth == 16 else 1) + rng.integers(0, 3, samples.shape)) % (1 << depth)
    if color == 0 and depth == 16:
        samples %= 400  # some below and some above 255
    distance = max(1, channels * depth // 8)
    parts = [samples[y0::dy, x0::dx] for y0, x0, dy, dx in (PASSES if interlaced else [(0, 0, 1, 1)])]
    raw = b"".join(filtered([packed(row.reshape(-1), depth) for row in part], distance)
                   for part in parts if part.shape[0] and part.shape[1])
    extra = b""
    if color == 3:
        extra = chunk(b"PLTE", bytes(rng.integers(0, 256, 3 * min(1 << depth, 200)).astype("u1")))
        extra += chunk(b"tRNS", bytes([0, 128]))
    data = zlib.compress(raw)
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data[:9]) + chunk(b"IDAT", data[9:])
            + chunk(b"IEND", b""))


def pngs() -> None:
    for color, depths in ((0, (1, 2, 4, 8, 16)), (2, (8, 16)), (3, (1, 2, 4, 8)), (4, (8, 16)), (6, (8, 16))):
        for depth in depths:
            for interlaced in (0, 1):
                emit(f"png color {color} depth {depth} interlaced {interlaced}", png(17, 11, color, depth, interlaced))
    emit("png smaller than a pass", png(3, 2, 2, 8, 1))
    emit("png of one pixel", png(1, 1, 6, 16, 1))


# --------------------------------------------------------------------------- JPEG
def segments(data: bytes, dropped: set) -> bytes:
    """The file without some marker segments."""
    out, at = data[:2], 2
    while data[at + 1] != 0xDA:
        length = 2 + int.from_bytes(data[at + 2:at + 4], "big")
        if data[at + 1] not in dropped:
            out += data[at:at + length]
        at += length
    return out + data[at:]


def renamed(data: bytes, names: bytes) -> bytes:
    """The file with other component numbers."""
    out = bytearray(data)
    frame = data.index(b"\xff\xc0")
    scan = data.index(b"\xff\xda")
    for i, name in enumerate(names):
        out[frame + 10 + 3 * i] = name
        out[scan + 5 + 2 * i] = name
    return bytes(out)


def adobe(data: bytes, transform: int) -> bytes:
    return data[:2] + b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + bytes([transform]) + data[2:]


def oriented(image: Image.Image, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(image, "JPEG", quality=90, exif=exif)


def jpegs() -> None:
    image = picture(43, 29)
    for name, subsampling in (("444", "4:4:4"), ("422", "4:2:2"), ("420", "4:2:0")):
        emit(f"jpeg {name}", saved(image, "JPEG", quality=80, subsampling=subsampling))
        emit(f"jpeg {name} progressive", saved(image, "JPEG", quality=70, subsampling=subsampling, progressive=True))
    emit("jpeg restart markers", saved(image, "JPEG", restart_marker_blocks=2))
    emit("jpeg gray", saved(image.convert("L"), "JPEG"))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    emit("jpeg colour profile", saved(image, "JPEG", icc_profile=profile))
    emit("jpeg rgb", saved(image, "JPEG", keep_rgb=True))
    bare = segments(saved(image, "JPEG", subsampling="4:4:4"), {0xE0})
    emit("jpeg no marker", bare)
    for names in (b"\0\1\2", b"RGB", b"rgb"):
        emit(f"jpeg components {names!r}", renamed(bare, names))
    for transform in (0, 1, 2):
        emit(f"jpeg adobe {transform}", adobe(bare, transform))
    halved = bytearray(saved(picture(64, 32), "JPEG", subsampling="4:2:2"))  # 4:2:2 read as 4:4:0
    frame = halved.index(b"\xff\xc0")
    halved[frame + 5:frame + 9] = struct.pack(">HH", 64, 32)
    halved[frame + 11] = 0x12
    emit("jpeg 440", bytes(halved))
    y, x = np.mgrid[0:24, 0:40]
    inks = Image.fromarray(np.stack([x * 6, y * 10, x + y, x * y // 4], -1).astype(np.uint8), "CMYK")
    emit("jpeg cmyk", saved(inks, "JPEG", quality=90))
    for transform in (0, 2):
        emit(f"jpeg cmyk adobe {transform}", adobe(segments(saved(inks, "JPEG", quality=90), {0xE0, 0xEE}), transform))
    for orientation in range(1, 9):
        emit(f"jpeg orientation {orientation}", oriented(picture(12, 7), orientation))
    exif = Image.Exif()
    exif[0x0112] = 6
    emit("png orientation 6", saved(picture(12, 7), "PNG", exif=exif))


# --------------------------------------------------------------------------- others
def others() -> None:
    image = picture(43, 29)
    for mode in ("RGB", "L", "P", "1", "RGBA"):
        emit(f"bmp {mode}", saved(image.convert(mode), "BMP"))
    emit("gif", saved(image, "GIF"))
    emit("gif gray", saved(image.convert("L"), "GIF"))
    emit("gif interlaced", saved(image.quantize(30), "GIF", interlace=1))
    emit("gif animated", saved(image, "GIF", save_all=True, append_images=[image.rotate(90)]))
    few = saved(image.quantize(7), "GIF", transparency=3)
    emit("gif larger canvas", few[:6] + struct.pack("<HH", 60, 40) + few[10:])
    frame = few.index(b"\x2c\0\0\0\0")
    emit("gif frame beyond canvas", few[:frame + 1] + struct.pack("<HH", 20, 5) + few[frame + 5:])
    webps(image)


def webps(image: Image.Image) -> None:
    for quality in (0, 40, 90):
        emit(f"webp lossy {quality}", saved(image, "WEBP", quality=quality, method=6))
    emit("webp lossy of one macroblock", saved(picture(16, 16), "WEBP", quality=70))
    emit("webp lossy of one pixel", saved(picture(1, 1), "WEBP", quality=70))
    emit("webp lossy gray", saved(image.convert("L"), "WEBP", quality=70))
    emit("webp lossless", saved(image, "WEBP", lossless=True))
    alpha = image.convert("RGBA")
    alpha.putalpha(Image.linear_gradient("L").resize(image.size))
    emit("webp lossless alpha", saved(alpha, "WEBP", lossless=True, exact=True))
    emit("webp lossy alpha", saved(alpha, "WEBP", quality=60))
    turned = [image.rotate(90)]
    emit("webp animated lossy", saved(image, "WEBP", save_all=True, append_images=turned, quality=60))
    emit("webp animated lossless", saved(image, "WEBP", save_all=True, append_images=turned, lossless=True))
    part = Image.new("RGBA", image.size)
    part.paste(image.crop((5, 5, 25, 20)), (10, 8))
    emit("webp animated part", saved(part, "WEBP", save_all=True, append_images=[alpha], quality=60))
    exif = Image.Exif()
    exif[0x0112] = 8
    emit("webp orientation 8", saved(picture(12, 7), "WEBP", exif=exif))


pngs()
jpegs()
others()
