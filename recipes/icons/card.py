"""Writes models/icon-64/README.md. Every number in it comes from a file that another script here measured."""
import json
import time

import palette
from data import Bank
from notices import table
from paths import MODEL, RECIPE, WORK

JUDGE = RECIPE.parent / "judge"


def read(path):
    return json.loads(path.read_text()) if path.exists() else None


def percent(v):
    return f"{v:.2f}"


def scores_table(scores):
    lines = ["| split | pictures | canvas | container | background | foreground | all four | concept top-1 | top-5 | joint | copies |",
             "|---|---|---|---|---|---|---|---|---|---|---|"]
    for split, s in scores["splits"].items():
        cell = lambda k: f"{s[k][0]:.2f} [{s[k][1]:.2f}, {s[k][2]:.2f}]"
        ratio = lambda k: cell(k) + f", ÷ ceiling {s[k + ' / ceiling']:.2f}"
        lines.append(f"| {split} | {s['pictures']} | {cell('canvas')} | {cell('container')} | {cell('bg')} | {cell('fg')} | {cell('all four')} | "
                     f"{ratio('concept top-1')} | {ratio('concept top-5')} | {ratio('joint')} | {s['copies']:.2f} |")
    return "\n".join(lines)


def ceiling_table(c):
    lines = ["| real pictures | n | all four | concept top-1 | top-5 | joint |", "|---|---|---|---|---|---|"]
    rows = {f"unseen sets, {k}": v for k, v in c["ceiling"].items()} | {k: v for k, v in c.items() if k != "ceiling"}
    for name, v in rows.items():
        lines.append(f"| {name} | {v['n']} | {v['all four']:.2f} | {v['concept top-1']:.2f} | {v['concept top-5']:.2f} | {v['joint']:.2f} |")
    return "\n".join(lines)


def main():
    e, prior, probe = read(WORK / "run" / "exported.json"), read(WORK / "run" / "prior.json"), read(WORK / "run" / "probe.json")
    scores, calibration = read(JUDGE / "scores.json"), read(JUDGE / "calibration.json")
    bank = Bank(e["top"])
    glyphs = sum(len(v) for v in bank.by_concept.values())
    params = ", ".join(f"{n} {v / 1e6:.2f}M" for n, v in e["parameters"].items())
    text = f"""---
license: mit
language: en
pipeline_tag: text-to-image
library_name: easel
tags: [icons, flow-matching, pixel-space, onnx, text-to-image]
---

# icon-64

Draws 64×64 icons: a concept, a colour, a style, a container and a canvas, from a sentence. Trained from scratch for Easel
on permissively licensed icon sets, on two CPU cores. **This is an early checkpoint of a run that goes on:**
{e['pictures']:,} pictures in {e['seconds'] / 3600:.1f} hours at the lowest priority beside other work, of 15 to 30 hours that are
planned. It gets colours and containers right in the wordings it was taught; the drawings hardly show their concept yet, and new wordings confuse its colours.
The numbers below say how much.

    red heart icon on a blue circle
    outline green camera icon
    white lock icon on a red rounded square, yellow background

{len(bank.ids)} concepts with synonyms are listed in `concepts.json`, with {len(palette.NAMES)} colours ({', '.join(palette.NAMES)}), the containers
circle and rounded square, and the styles outline, filled, thin and bold. Other words are tokenised but mean nothing to it yet.

## Parts

`text_encoder` (two encoders that share nothing: `last_hidden_state` for the generator, `pooled_output` for the contrastive
space), `transformer` (the generator, flow-matching velocity), `image_encoder`, `prior` (text to image embedding),
`scheduler`, `tokenizer`. Parameters: {params}. {e['bytes'] / 1e6:.1f} MB in all, matrices in fp16.
Opset 18, standard operators, float32 in and out. Use 20 steps, guidance 3, and the pooled vector of the prompt: at this
stage the concept comes mostly through it (see the swapped-concept gap). `encoder_attention_bias` is a required input.
A forward pass of the transformer costs {e['timing']['batch 1']} ms of CPU time on one thread ({e['timing']['batch 2']} ms for two pictures at once), float32,
12 text tokens; 20 steps with guidance are 40 such passes, {40 * e['timing']['batch 1'] / 1000:.2f} s of CPU time in all, to be shared by the threads.

## Training

{glyphs:,} drawings of {len(bank.ids)} concepts, composed on the fly with colours and containers ({e['pictures']:,} pictures,
{e['step']:,} steps). Flow matching on pixels in [-1, 1], the network predicts the clean picture, loss weighted 1/σ. The
generator's loss trains generator and generative encoder; the contrastive loss trains the contrastive encoder and the image
tower; neither reaches the other half (`recipes/icons/test_gradients.py`). Conditioning: caption with text embedding .30,
caption alone .35, image embedding alone .15, caption with another drawing's image embedding .10, nothing .10. Muon for hidden
matrices, AdamW for the rest, exponential average of the weights; the shipped weights come from a short branch with the
learning rate lowered to zero, the contrastive half standing still. The first 23,424 pictures were drawn with six blocks; the
last two were then dropped for speed.

"""
    if probe:
        text += "Swapped-concept gap (growth of the error when the concept word is replaced), pooled vector null and from the text: " + ", ".join(
            f"{100 * g:+.1f} and {100 * h:+.1f} % at σ = {s}" for s, (_, g), (_, h) in zip(probe["levels"], probe["gaps"], probe["gaps with pooled"])) + f". A swapped word moves the predicted picture {probe['moved']:.2f} times as much with the pooled vector null as with it present (goal: at least 0.8), on {probe['pictures']} pictures.\n\n"
    if prior:
        text += "Translator on held-out captions:\n\n| | identity | linear regression | translator |\n|---|---|---|---|\n"
        for k in ("standardised squared error", "own picture among 100"):
            text += f"| {k} | " + " | ".join(percent(prior[k][n]) for n in ("identity", "linear regression", "translator")) + " |\n"
        text += "\n"
    text += "## Scores\n\n"
    if scores:
        s = scores["settings"]
        text += (f"{s['prompts']} prompts × {s['seeds']} seeds per split, {s['steps']} steps, guidance {s['cfg']}, prompts that state every attribute, 95 % bootstrap intervals. "
                 "Attributes are exact pixel checks; the concept is judged by a classifier that never saw a training glyph (`recipes/judge`); no glyph found counts as wrong. "
                 "Copies: glyphs whose overlap with a training glyph is above 0.9 (human-drawn sets among themselves: 0.13).\n\n" + scores_table(scores) + "\n\n")
        null = read(JUDGE / "scores-pooled-null.json")
        if null:
            text += "The same with the pooled vector null:\n\n" + scores_table(null) + "\n\n"
    if calibration:
        text += "The same scorer on real pictures:\n\n" + ceiling_table(calibration) + "\n\n"
    text += f"""Sample sheets, by seed and unpicked, are in `samples/`, one per split, with their prompts.

## Limits

64×64 only. One icon per picture, one concept per icon; no text, no counting, no positions. Concepts outside the list come
out as something else. Not meant for logos; brand names and drawings close to brand icons were removed from the data.
Measured: {"as above; fewer prompts than the project's goal of 500 × 4" if scores else "no scores yet"}. Distinctness and style
agreement were not measured. Not done yet: few-step distillation, 663 concepts, colour emoji, the shared/dual/frozen ablation.

## Data, licences, notices

Artwork from Iconify's collection (`@iconify/json` 2.2.535), permissive licences only; licences as Iconify declares them.
No artwork is part of this folder. Drawings of hugeicons, icon-park-outline, healthicons and carbon were held out. Tokenizer
vocabulary also from Unicode CLDR annotations 48.2.0 (Unicode-3.0). Weights: MIT, as Easel.

{table(e['top'])}

Written by `recipes/icons/card.py` on {time.strftime('%Y-%m-%d', time.gmtime())}.
"""
    (MODEL / "README.md").write_text(text)


if __name__ == "__main__":
    main()
