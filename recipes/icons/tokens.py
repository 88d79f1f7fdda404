"""Captions to token ids, with the tokenizer that is shipped."""
import torch
from tokenizers import Tokenizer

from paths import MODEL


class CaptionTokenizer:
    def __init__(self, length):
        self.tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer" / "tokenizer.json"))
        self.tokenizer.enable_truncation(length)
        self.tokenizer.enable_padding(pad_id=0, pad_token="<pad>", length=length)

    def __call__(self, texts):
        """(ids, mask), int64 [B, length]."""
        encoded = self.tokenizer.encode_batch(list(texts))
        return torch.tensor([e.ids for e in encoded]), torch.tensor([e.attention_mask for e in encoded])
