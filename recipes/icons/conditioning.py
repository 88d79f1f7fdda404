"""How the generator is conditioned in training: issue 6's table, as fixed shares of every batch.

| share | tokens | pooled vector |
| .30 | caption | contrastive text embedding |
| .35 | caption | null |
| .15 | null | image embedding (a third the target's own, the rest another drawing of the concept) |
| .10 | caption | image embedding of another drawing |
| .10 | null | null |

Never null tokens with a text vector. Rows are laid out so that those with another drawing come first.
"""
import torch


class Rows:
    def __init__(self, n):
        caption_other, null_other, null_own = round(0.10 * n), round(0.10 * n), round(0.05 * n)
        caption_text, null_null = round(0.30 * n), round(0.10 * n)
        edges = [0]
        for count in (caption_other, null_other, null_own, caption_text):
            edges.append(edges[-1] + count)
        self.other = slice(0, edges[2])            # pooled: another drawing's image embedding
        self.own = slice(edges[2], edges[3])       # pooled: the target's image embedding
        self.text = slice(edges[3], edges[4])      # pooled: the caption's text embedding
        self.pooled_null = slice(edges[4], n)      # captions with pooled null, then nothing at all
        self.null_tokens = torch.zeros(n, dtype=torch.bool)
        self.null_tokens[edges[1]:edges[3]] = True
        self.null_tokens[n - null_null:] = True
        self.others = edges[2]
        self.n = n

    def pooled(self, text_embedding, own, other):
        """Pooled vectors [n, E]; the arguments are detached here: the generator's loss ends at this point."""
        out = torch.zeros(self.n, other.shape[1])
        out[self.other] = other.detach().float()
        out[self.own] = own.detach().float()
        out[self.text] = text_embedding.detach().float()
        return out
