"""Writes jpeg-samplings.jsonl: JPEGs of every sampling that fits an MCU, and what Pillow 12.3.0 decodes.

    python make_jpeg_samplings.py > jpeg-samplings.jsonl

Encoders write few samplings, so the files are made here from random coefficients. The lines are as those of
decoded-pictures.jsonl.
"""

import base64
import hashlib
import io
import json
import struct

import numpy as np
from PIL import Image

rng = np.random.default_rng(440)

DC_COUNTS, DC_SYMBOLS = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], list(range(12))
AC_SYMBOLS = [0, 0xF0] + [run << 4 | size for run in range(16) for size in range(1, 11)]
AC_COUNTS = [0] * 7 + [len(AC_SYMBOLS)] + [0] * 8  # each symbol is a byte
JFIF = b"JFIF\0\1\1\0\0\1\0\1\0\0"


def codes(counts: list, symbols: list) -> dict:
    """Symbol to (code, length), as JPEG's annex C numbers them."""
    table, code, next_symbol = {}, 0, iter(symbols)
    for length, count in enumerate(counts, 1):
        for _ in range(count):
            table[next(next_symbol)] = (code, length)
            code += 1
        code <<= 1
    return table


DC, AC = codes(DC_COUNTS, DC_SYMBOLS), codes(AC_COUNTS, AC_SYMBOLS)


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


class Bits:
    def __init__(self) -> None:
        self.text = ""

    def put(self, value: int, length: int) -> None:
        if length:
            self.text += format(value, f"0{length}b")

    def number(self, value: int, size: int) -> None:
        self.put(value if value > 0 else value + (1 << size) - 1, size)

    def data(self) -> bytes:
        text = self.text + "1" * (-len(self.text) % 8)
        plain = bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8))
        return plain.replace(b"\xff", b"\xff\0")


class Jpeg:
    """A picture of random coefficients; `factors` are (across, down) of each component."""

    def __init__(self, width: int, height: int, factors: list) -> None:
        self.width, self.height, self.factors = width, height, factors
        across, down = max(f[0] for f in factors), max(f[1] for f in factors)
        self.columns, self.rows = -(-width // (8 * across)), -(-height // (8 * down))
        self.blocks, self.own = [], []
        for x, y in factors:
            block = np.zeros((self.rows * y, self.columns * x, 64), int)
            block[..., 0] = rng.integers(-60, 60, block.shape[:2])
            block[..., 1:5] = rng.integers(-12, 13, (*block.shape[:2], 4))
            self.blocks.append(block)
            self.own.append((-(-(-(-height * y // down)) // 8), -(-(-(-width * x // across)) // 8)))

    def units(self, ids: list):
        """What an MCU holds: blocks of all components, or one block if there is one component."""
        if len(ids) == 1:
            rows, columns = self.own[ids[0]]
            yield from ([(ids[0], self.blocks[ids[0]][y, x])] for y in range(rows) for x in range(columns))
            return
        for y in range(self.rows):
            for x in range(self.columns):
                yield [(i, self.blocks[i][y * self.factors[i][1] + v, x * self.factors[i][0] + u])
                       for i in ids for v in range(self.factors[i][1]) for u in range(self.factors[i][0])]

    def scan(self, ids: list, first: int, last: int, restart: int) -> bytes:
        out = segment(0xDA, bytes([len(ids)]) + b"".join(bytes([i + 1, 0]) for i in ids) + bytes([first, last, 0]))
        bits, before = Bits(), [0] * len(self.factors)
        for count, unit in enumerate(self.units(ids)):
            if restart and count and count % restart == 0:
                out += bits.data() + bytes([0xFF, 0xD0 + (count // restart - 1) % 8])
                bits, before = Bits(), [0] * len(self.factors)
            for i, block in unit:
                if first == 0:
                    difference = int(block[0]) - before[i]
                    before[i] = int(block[0])
                    size = abs(difference).bit_length()
                    bits.put(*DC[size])
                    bits.number(difference, size)
                self.put_ac(bits, block, max(1, first), last)
        return out + bits.data()

    @staticmethod
    def put_ac(bits: Bits, block: np.ndarray, first: int, last: int) -> None:
        run = 0
        for value in map(int, block[first:last + 1]):
            if value == 0:
                run += 1
                continue
            while run > 15:
                bits.put(*AC[0xF0])
                run -= 16
            size = abs(value).bit_length()
            bits.put(*AC[run << 4 | size])
            bits.number(value, size)
            run = 0
        if run and last:
            bits.put(*AC[0])

    def file(self, scans: str = "one", restart: int = 0, application: bytes = segment(0xE0, JFIF)) -> bytes:
        """`scans`: one, one for each component, or progressive."""
        every = list(range(len(self.factors)))
        quantizers = bytes(8 + i // 2 for i in range(64))
        frame = struct.pack(">BHHB", 8, self.height, self.width, len(every))
        frame += b"".join(bytes([i + 1, x << 4 | y, 0]) for i, (x, y) in enumerate(self.factors))
        out = b"\xff\xd8" + application + segment(0xDB, b"\0" + quantizers)
        out += segment(0xC2 if scans == "progressive" else 0xC0, frame)
        out += segment(0xC4, b"\0" + bytes(DC_COUNTS) + bytes(DC_SYMBOLS))
        out += segment(0xC4, b"\x10" + bytes(AC_COUNTS) + bytes(AC_SYMBOLS))
        if restart:
            out += segment(0xDD, struct.pack(">H", restart))
        if scans == "progressive":
            out += self.scan(every, 0, 0, restart)
            out += b"".join(self.scan([i], a, b, restart) for i in every for a, b in ((1, 5), (6, 63)))
        else:
            groups = [[i] for i in every] if scans == "each" else [every]
            out += b"".join(self.scan(group, 0, 63, restart) for group in groups)
        return out + b"\xff\xd9"


def emit(name: str, data: bytes) -> None:
    rgb = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    digest = hashlib.sha256(rgb.tobytes()).hexdigest()
    print(json.dumps({"name": "jpeg " + name, "file": base64.b64encode(data).decode(), "width": rgb.shape[1],
                      "height": rgb.shape[0], "sha256": digest, "upright_sha256": digest}))


def label(factors: list) -> str:
    return " ".join(f"{x}x{y}" for x, y in factors)


def every_sampling() -> None:
    """One luma and two equal chroma components, at most ten blocks an MCU."""
    sides = range(1, 5)
    for luma in [(x, y) for x in sides for y in sides]:
        for chroma in [(x, y) for x in sides for y in sides]:
            blocks = luma[0] * luma[1] + 2 * chroma[0] * chroma[1]
            fits = luma[0] % chroma[0] == 0 and luma[1] % chroma[1] == 0
            if fits and blocks <= 10:
                factors = [luma, chroma, chroma]
                emit(label(factors), Jpeg(19, 35, factors).file())


def half_the_rows() -> None:
    """Where decoders disagree: a component has every column but only every second row."""
    for factors in ([(1, 2), (1, 1), (1, 1)], [(2, 2), (2, 1), (1, 1)], [(1, 1), (1, 2), (1, 2)], [(1, 2), (1, 2), (1, 1)]):
        for width, height in ((1, 1), (2, 3), (5, 17), (24, 16)):
            emit(f"{label(factors)} {width}x{height}", Jpeg(width, height, factors).file())
        for scans in ("each", "progressive"):
            emit(f"{label(factors)} {scans}", Jpeg(11, 21, factors).file(scans))
        emit(f"{label(factors)} restart", Jpeg(11, 21, factors).file(restart=1))
    factors = [(1, 2), (1, 1), (1, 1)]
    emit("440 RGB", Jpeg(9, 19, factors).file(application=segment(0xEE, b"Adobe\0\x64\0\0\0\0\0")))
    for transform in (0, 2):
        adobe = segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([transform]))
        emit(f"440 CMYK adobe {transform}", Jpeg(9, 19, factors + [(1, 2)]).file(application=adobe))
    emit("gray 1x2", Jpeg(9, 19, [(1, 2)]).file())


every_sampling()
half_the_rows()
