"""Writes cleaned-prompts.jsonl: hard texts, and what ftfy 6.3.1 and open_clip 3.3.0 make of them.

    python make_cleaned_prompts.py > cleaned-prompts.jsonl

Each line holds `text`, `fixed` (ftfy.fix_text) and `clean` (what open_clip splits into tokens).
"""

import html
import json
import random

import ftfy

ENCODINGS = ["latin-1", "sloppy-windows-1252", "sloppy-windows-1251", "sloppy-windows-1250", "sloppy-windows-1253",
             "sloppy-windows-1254", "sloppy-windows-1257", "iso-8859-2", "macroman", "cp437"]
WORDS = ("don’t café naïve “quoted” it’s – — … schön à la mode às àquele español Привет мир ελληνικά 日本語 한국어 🐉 ☕️ "
         "€5 ½ x² ÷ ± « » ‹a› Ørsted Æ œuvre ß ﬁne ǆ ＡＢＣ　ｱｲｳﾞ ＄５ ＼ résumé voilà łódź ÖÄÜ ♥ ✔ ™ © 100° 2×3 ‰ †").split()
REFERENCES = ["&amp;", "&lt;", "&eacute;", "&EACUTE;", "&nTILDE;", "&nbsp;", "&#39;", "&#x1F409;", "&#0;", "&#x80;", "&hellip",
              "&amp;amp;", "&amp;lt;b&amp;gt;", "&copy", "&notit;", "&SZLIG;", "&#1234567890;", "&#xD800;", "&acE;", "&;", "&#;",
              "&ampx", "&Jscr;", "&#13;", "&#8;", "&MDASH;", "&QUOT", "&acirc;&euro;&trade;", "&#xFFFE;", "&#12;"]
CONTROLS = ["\x00", "\x1b[31m", "\x1b[", "\x1a", "\ufeff", "\ufffd", "\u2028", "\x85", "\r\n", "\r", "\n", "\x1c", "\xa0", "\u200b",
            "\xad", "\u206a", "\ufffc", "\x7f", "\x80", "\x9d", "\x81", "?", "<", "<b>"]
CAPITALS = ["ΑΣ", "ΑΣ.", "Σ", "ΑΣ'Β", "\u0130I", "ẞ", "K", "ǅ", "ΟΔΟΣ ΣΣ", "Ⅳ", "Ⓐ", "ſ'ſ"]


def mojibake(rng: random.Random, text: str) -> str:
    wrong = text.encode("utf-8").decode(rng.choice(ENCODINGS), "replace")
    kind = rng.random()
    if kind < 0.2:
        return wrong.replace("\xa0", " ")
    if kind < 0.35:
        return "".join(rng.choice("\ufffd?") if rng.random() < 0.1 else c for c in wrong)
    if kind < 0.45:
        return wrong.encode("utf-8").decode(rng.choice(ENCODINGS), "replace")
    return wrong


def surrogates(text: str) -> bytes:
    """UTF-8 of the UTF-16 halves, one by one (CESU-8)."""
    units = text.encode("utf-16-be")
    return b"".join(chr(units[i] << 8 | units[i + 1]).encode("utf-8", "surrogatepass") for i in range(0, len(units), 2))


def piece(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.25:
        return rng.choice(WORDS)
    if kind < 0.55:
        return mojibake(rng, " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 3))))
    if kind < 0.70:
        return rng.choice(REFERENCES)
    if kind < 0.82:
        return rng.choice(CONTROLS)
    if kind < 0.86:
        return rng.choice(CAPITALS)
    if kind < 0.90:
        return surrogates(rng.choice(["🐉", "a🐉", "\0é"])).replace(b"\0", b"\xc0\x80").decode(rng.choice(ENCODINGS[:2]))
    return rng.choice(["a cat", "on the moon", "(8k)", "1.5"])


def clean(text: str) -> str:
    text = html.unescape(html.unescape(ftfy.fix_text(text))).strip()
    return " ".join(text.split()).lower()


def main() -> None:
    rng = random.Random(6)
    seen = set()
    while len(seen) < 320:
        text = rng.choice(["", " "]).join(piece(rng) for _ in range(rng.randint(1, 5)))
        if text not in seen:
            seen.add(text)
            print(json.dumps({"text": text, "fixed": ftfy.fix_text(text), "clean": clean(text)}))


main()
