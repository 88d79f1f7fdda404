"""Small tokenizers of the real kinds, trained on a few hundred words: test/fixtures/tokenizers/{clip,clip-2,t5,bpe}.

What tests check with them is normalisation, splitting into words, special tokens and merging; those rules do not depend on the
size of the vocabulary. Layouts are those of model repositories: CLIP as Stable Diffusion 1.5 and SDXL have it (vocab.json and
merges.txt, "!" as padding of the second), T5 as tokenizer.json with the normaliser of SentencePiece's nmt_nfkc.
"""
import io, json, pathlib
import sentencepiece
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import T5Tokenizer

ROOT = pathlib.Path(__file__).parents[2] / "test/fixtures/tokenizers"
WORDS = """a an the of in on at with and or by from to over under near behind between into through without very
red green blue yellow orange purple pink brown black white gray golden silver pastel vivid dark bright neon
heart rocket star moon sun cloud tree flower leaf house castle bridge river mountain forest desert ocean beach island
cat dog horse bird fish lion tiger bear wolf fox rabbit owl dragon unicorn robot astronaut knight wizard queen king child woman man
photo photograph photography painting drawing sketch illustration icon logo poster portrait landscape render sculpture anime comic
oil watercolor acrylic pencil ink charcoal digital pixel vector lowpoly minimalist abstract surreal impressionist baroque cyberpunk
detailed intricate highly ultra realistic photorealistic cinematic dramatic soft lighting studio background foreground bokeh depth field
masterpiece best quality worst low blurry watermark signature text cropped deformed ugly extra fingers hands face eyes hair smile
trending artstation award winning concept art 4k 8k hd unreal engine octane volumetric sharp focus wide angle macro lens 35mm
wearing holding riding standing sitting flying running sleeping looking hat coat dress armor sword umbrella guitar book lamp window door
don't it's they're we've I'm you'll he'd can't 1girl 2024 100 3d 50mm f/1.8 e.g. etc. no. 1 café naïve über façade jalapeño""".split()


def corpus():
    for i in range(4000):
        n = 4 + i % 9
        yield " ".join(WORDS[(i * 31 + j * (7 + i % 13)) % len(WORDS)] for j in range(n)) + (", " if i % 3 else ". ") + WORDS[i % len(WORDS)].title() + "!" * (i % 4)


def clip():
    """CLIP's order of ids: 256 bytes, 256 bytes at a word's end, merges, start, end."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    characters = {b: chr(b) for b in printable}
    for b in range(256):
        characters.setdefault(b, chr(256 + len(characters) - len(printable)))
    order = printable + [b for b in range(256) if b not in printable]
    alphabet = [characters[b] for b in order]
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    # GPT-2's words without their leading space are CLIP's.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(vocab_size=1200, initial_alphabet=alphabet, end_of_word_suffix="</w>", show_progress=False))
    merges = [tuple(m) for m in json.loads(tokenizer.to_str())["model"]["merges"]][:500]
    vocab = alphabet + [c + "</w>" for c in alphabet] + ["".join(m) for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
    assert len(set(vocab)) == len(vocab)
    flags = {"lstrip": False, "normalized": True, "rstrip": False, "single_word": False}
    for name, pad in (("clip", "<|endoftext|>"), ("clip-2", "!")):
        folder = ROOT / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(vocab)}, ensure_ascii=False) + "\n")
        (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(" ".join(m) + "\n" for m in merges))
        special = {"bos_token": {"content": "<|startoftext|>", **flags}, "eos_token": {"content": "<|endoftext|>", **flags}, "pad_token": pad, "unk_token": {"content": "<|endoftext|>", **flags}}
        (folder / "special_tokens_map.json").write_text(json.dumps(special, indent=2) + "\n")
        config = {"add_prefix_space": False, "do_lower_case": True, "errors": "replace", "model_max_length": 77, "tokenizer_class": "CLIPTokenizer",
                  **{k: v if isinstance(v, str) else {"__type": "AddedToken", **v} for k, v in special.items()}}
        (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


def t5():
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=corpus(), model_writer=model, vocab_size=600, model_type="unigram", normalization_rule_name="nmt_nfkc",
        pad_id=0, eos_id=1, unk_id=2, bos_id=-1, hard_vocab_limit=False, num_threads=1, minloglevel=2)
    folder = ROOT / "t5"
    folder.mkdir(parents=True, exist_ok=True)
    spiece = folder / "spiece.model"
    spiece.write_bytes(model.getvalue())
    tokenizer = T5Tokenizer.from_pretrained(str(folder), extra_ids=100, model_max_length=512)
    spiece.unlink()
    tokenizer.save_pretrained(str(folder))
    config = {"tokenizer_class": "T5Tokenizer", "model_max_length": 512, "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>", "extra_ids": 100}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    compact(folder / "tokenizer.json")


def bpe():
    """As recipes/icons/build_tokenizer.py makes the embedded model's."""
    special = ["<pad>", "<bos>", "<eos>"] + [f"<placeholder-{i}>" for i in range(4)]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(vocab_size=700, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A <eos>", special_tokens=[("<bos>", 1), ("<eos>", 2)])
    folder = ROOT / "bpe"
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 32, "bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    compact(folder / "tokenizer.json")


def compact(path):
    path.write_text(json.dumps(json.loads(path.read_text()), ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    clip()
    t5()
    bpe()
    for path in sorted(ROOT.rglob("*")):
        if path.is_file():
            print(path.relative_to(ROOT), path.stat().st_size)
