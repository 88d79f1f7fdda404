"""Ids that transformers gives 10,000 strings: writes test/conformance/data/tokenizers.json.

The strings come from `strings` below, which test/conformance/strings.ts repeats step by step; the file holds the FNV-1a hash of
each string's ids, and the ids themselves of the first 60. Run tiny_tokenizers.py first. With `--vocabulary DIR …` other
tokenizer folders are hashed as well, for instance one with CLIP's real vocabulary (it lies in the package open_clip_torch).
"""
import base64, json, pathlib, sys, warnings
import numpy as np
import tokenizers, transformers
from transformers import CLIPTokenizer, PreTrainedTokenizerFast, T5Tokenizer

warnings.filterwarnings("ignore")
transformers.utils.logging.set_verbosity_error()
ROOT = pathlib.Path(__file__).parents[2]
COUNT = 10_000

WORDS = "a red Heart ICON on the blue circle, photograph of an astronaut riding; highly-detailed 4K (masterpiece:1.2) don't it's we've I'll café naïve straße Ångström".split(" ")
PUNCTUATION = [" ", "  ", ", ", ". ", "!", "!!", "?", "...", " - ", "_", "/", "\\", "\"", "'", "(", ")", "[", "]", "{", "}", "<", ">", "|", "&", "#", "@", "$", "%", "^", "*", "+", "=", "~", "`", "’", "“", "—", "…"]
SPACES = [0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x180E, 0x2000, 0x2003, 0x2007, 0x2009, 0x200B, 0x200C, 0x200D, 0x2028, 0x2029, 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF, 0xAD, 0x00, 0x07, 0x1B, 0x7F, 0x80, 0x9F, 0xFFFD, 0xFFFE, 0xE0001]
BASES = [0x41, 0x65, 0x6F, 0x71, 0x1D2, 0x3B1, 0x3C9, 0x43A, 0x5D0, 0x627, 0x915, 0x9A1, 0xAC00, 0xAC1C, 0x1100, 0x1112, 0x3042, 0x304B, 0x30CF, 0x4E00, 0xFB01, 0x1E9E, 0x212B, 0x2126, 0x11131, 0x1D157]
MARKS = [0x300, 0x301, 0x302, 0x303, 0x308, 0x30A, 0x323, 0x327, 0x328, 0x345, 0x5B0, 0x5BC, 0x64B, 0x653, 0x93C, 0x9BE, 0x9D7, 0x1161, 0x1175, 0x11A8, 0x11C2, 0x3099, 0x309A, 0x20D2, 0x20E3, 0xFE0F, 0x11127, 0x1D165, 0x1D16E, 0x897, 0x1ACF, 0x1E4EC]
EMOJI = [0x1F600, 0x1F468, 0x1F469, 0x1F467, 0x1F3FB, 0x1F3FF, 0x200D, 0xFE0F, 0xFE0E, 0x2764, 0x1F525, 0x1F1E9, 0x1F1EA, 0x1F3F4, 0xE0067, 0xE007F, 0x31, 0x20E3, 0x1FAE8, 0x1F9D1, 0x2640, 0x2B50, 0x1FACE]
CASES = [0x130, 0x131, 0x3A3, 0x3C2, 0x3C3, 0x1E9E, 0xDF, 0x1C4, 0x1C5, 0x149, 0xFB00, 0x2126, 0x212A, 0x13A0, 0xAB70, 0x10A0, 0x1C90, 0x10400, 0x1E900, 0x118A0, 0x16E40, 0x2C2F, 0xA7DC, 0x1C89, 0x24B6, 0x2160, 0xFF21, 0x390, 0x1F88, 0x41, 0x7A, 0x53, 0x20]
NUMBERS = [0x30, 0x31, 0x39, 0x660, 0x966, 0xB2, 0xB9, 0xBD, 0x2150, 0x2160, 0x2183, 0x3007, 0x3021, 0x2460, 0x0F33, 0x10107, 0x1D7CE, 0x1F100, 0x16B50, 0x11DE1, 0x1CCF0, 0x10D40]
SPECIALS = ["<|startoftext|>", "<|endoftext|>", "<|STARTOFTEXT|>", "<|EndOfText|>", "<|endoftext|", "</w>", "<pad>", "</s>", "<unk>", "<s>", "<extra_id_0>", "<extra_id_99>", "<bos>", "<eos>", "<placeholder-1>", "<placeholder-9>", "!", "!!", "Ġ", "▁", "##"]


class Random:
    """mulberry32: 32-bit arithmetic, the same in any language."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state + 0x6D2B79F5) & 0xFFFFFFFF
        t = self.state
        t = ((t ^ (t >> 15)) * (t | 1)) & 0xFFFFFFFF
        t ^= (t + (((t ^ (t >> 7)) * (t | 61)) & 0xFFFFFFFF)) & 0xFFFFFFFF
        return ((t ^ (t >> 14)) & 0xFFFFFFFF) % n

    def of(self, items):
        return items[self.below(len(items))]


def scalar(random, below):
    """A code point that is no surrogate."""
    code = random.below(below)
    return chr(code + 0x800 if 0xD800 <= code < 0xE000 else code)


def string(random, kind):
    length = 1 + random.below(12)
    if kind == 0:
        return "".join(random.of(WORDS) + random.of(PUNCTUATION) for _ in range(length))
    if kind == 1:
        return "".join(scalar(random, 0x10F800) for _ in range(length))
    if kind == 2:
        return "".join(scalar(random, 0x3000) for _ in range(length))
    if kind == 3:
        return "".join(chr(random.of(BASES)) + "".join(chr(random.of(MARKS)) for _ in range(random.below(4))) for _ in range(length))
    if kind == 4:
        return "".join(chr(random.of(EMOJI)) for _ in range(length)) + random.of(WORDS)
    if kind == 5:
        return "".join(chr(random.of(SPACES)) + (random.of(WORDS) if random.below(2) else "") for _ in range(length))
    if kind == 6:
        return "".join(chr(random.of(CASES)) for _ in range(length))
    if kind == 7:
        letters = [random.of(WORDS) for _ in range(3)] + [chr(random.of(CASES)), "x"]
        return "".join(random.of(letters) for _ in range(20 * length))
    if kind == 8:
        return "".join(chr(random.of(NUMBERS)) if random.below(3) else random.of(["'s", "'S", "'ll", "’s", "'re", "''t", "st", ".", ",", " "]) for _ in range(2 * length))
    return "".join(random.of(SPECIALS) + random.of(["", "", " ", "  ", "\n", "wow", "A", "é"]) for _ in range(length))


def strings():
    random = Random(20261122)
    return [string(random, i % 10) for i in range(COUNT)]


def fnv(ids):
    h = 0x811C9DC5
    for i in ids:
        for shift in (0, 8, 16, 24):
            h = ((h ^ ((i >> shift) & 255)) * 0x01000193) & 0xFFFFFFFF
    return h


def reference(tokenizer, texts):
    ids = [tokenizer(t, add_special_tokens=False).input_ids for t in texts]
    return {"hashes": base64.b64encode(np.array([fnv(i) for i in ids], dtype="<u4").tobytes()).decode(), "first": ids[:60],
            "total": sum(map(len, ids)), "bos": tokenizer.bos_token_id, "eos": tokenizer.eos_token_id, "pad": tokenizer.pad_token_id}


if __name__ == "__main__":
    texts = strings()
    folder = ROOT / "test/fixtures/tokenizers"
    result = {"tokenizers": tokenizers.__version__, "transformers": transformers.__version__, "textHash": fnv([ord(c) for t in texts for c in t + "\n"])}
    for name, kind in (("clip", CLIPTokenizer), ("clip-2", CLIPTokenizer), ("t5", T5Tokenizer), ("bpe", PreTrainedTokenizerFast)):
        result[name] = reference(kind.from_pretrained(str(folder / name)), texts)
        print(name, result[name]["total"], "ids")
    if len(sys.argv) > 1 and sys.argv[1] == "--vocabulary":
        for extra in sys.argv[2:]:
            pathlib.Path(extra, "reference.json").write_text(json.dumps({"textHash": result["textHash"], "real": reference(CLIPTokenizer.from_pretrained(extra), texts)}))
    path = ROOT / "test/conformance/data/tokenizers.json"
    path.write_text(json.dumps(result, separators=(",", ":")) + "\n")
    print(path.stat().st_size, "bytes")
