"""Trains the byte-level BPE tokenizer on captions of every concept in the bank and on CLDR's emoji names.

The vocabulary is fixed once for all later stages (more concepts, colour emoji), so it is trained on all of their words.
Ids: 0 <pad>, 1 <bos>, 2 <eos>, 3 to 18 <placeholder-0> .. <placeholder-15>, then bytes and merges.
"""
import json

import numpy as np
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

import captions
from data import Bank, Pictures
from paths import DATA, MODEL, WORK

LENGTH = 32
VOCABULARY = 4096
SPECIAL = ["<pad>", "<bos>", "<eos>"] + [f"<placeholder-{i}>" for i in range(16)]


def texts():
    pictures = Pictures(Bank(10**9, clean=False), seed=1)
    for concept in pictures.bank.concepts:
        for name in [concept["name"], *concept["aliases"]] * 3:
            yield name
    for _ in range(40_000):
        yield pictures.caption(pictures.labels())[0]
    names = WORK / "node/node_modules/cldr-annotations-full/annotations/en/annotations.json"
    for entry in json.loads(names.read_text())["annotations"]["annotations"].values():
        yield from entry.get("tts", []) * 3
        yield from entry.get("default", [])


def main():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=SPECIAL, min_frequency=2, show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(texts(), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A <eos>", special_tokens=[("<bos>", 1), ("<eos>", 2)])
    tokenizer.enable_truncation(LENGTH)
    tokenizer.enable_padding(pad_id=0, pad_token="<pad>", length=LENGTH)
    out = MODEL / "tokenizer"
    out.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(out / "tokenizer.json"))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": LENGTH, "bos_token": "<bos>", "eos_token": "<eos>",
              "pad_token": "<pad>", "padding_side": "right", "truncation_side": "right", "additional_special_tokens": SPECIAL[3:]}
    (out / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    lengths = [sum(tokenizer.encode(t).attention_mask) for t in texts()]
    print("vocabulary", tokenizer.get_vocab_size(), "caption length: mean", np.mean(lengths), "99.9 %", np.quantile(lengths, 0.999), "max", max(lengths))
    for text in ("red heart icon on a blue circle", "outline black shopping cart symbol, white background", "zeppelin", ""):
        print(tokenizer.encode(text).tokens[:sum(tokenizer.encode(text).attention_mask)])


if __name__ == "__main__":
    main()
