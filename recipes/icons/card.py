"""Writes models/icon-64/README.md. Every number in it comes from a file that another script here measured.

python card.py --shipped: takes over what export.py, train_prior.py, probe.py and upscaler.py --score last told of themselves into
recipes/icons/shipped/, from where the card has it afterwards, on any machine.
python card.py --report DIR [DIR ...] [--report-emoji DIR [DIR ...]] [--report-null DIR] [--report-128 DIR] [--report-few DIR ...]: takes over what `easel evaluate icons -o DIR` wrote (and the same with
`--pooled null`; with `--size 128`; with few `--steps`, with the few-step adapter or without), and `easel evaluate emoji`: its report.json goes to recipes/judge/, its sheets to
models/icon-64/samples/. Without them the card is written from the last ones. Of several DIRs each has measured other splits, so that two
processes can measure at once (`--threads 1`, each with its own $EASEL_HOME: a device is lent to one job at a time).
"""
import argparse
import json
import shutil
import time
from pathlib import Path

from safetensors import safe_open

import palette
from concepts import known_emoji
from data import Bank
from notices import emoji_table, table, words_table
from paths import MODEL, RECIPE, WORK

JUDGE = RECIPE.parent / "judge"
EMOJI_SPLITS = ("emoji", "emoji-style")
SHIPPED = RECIPE / "shipped"
TOLD = ("exported", "prior", "probe", "upscaler")
VOCABULARY_SINCE = 1_052_992  # the picture at which 199 concepts became 663


def read(path):
    return json.loads(path.read_text()) if path.exists() else None


def percent(v):
    return f"{v:.2f}"


def joined(reports):
    """One report of what several folders have measured of the same model in the same way, each other splits."""
    first, *others = [read(folder / "report.json") for folder in reports]
    how = lambda r: (r["model"], r["adapters"], {k: v for k, v in r["settings"].items() if k != "distinct"}, r.get("rPrecisionAmong"))
    for other in others:
        if how(other) != how(first) or first["splits"].keys() & other["splits"].keys():
            raise SystemExit("the reports are not of one model and one way of drawing, or two have measured the same split")
        first["splits"] |= other["splits"]
        if first.get("distinctness", 0) is None:
            first["distinctness"] = other["distinctness"]
    order = EMOJI_SPLITS if first["suite"] == "emoji" else read(MODEL.parent / "icon-judge" / "prompts.json")["splits"]
    return {**first, "splits": {split: first["splits"][split] for split in order if split in first["splits"]}}


def take_over(reports, name):
    """What the folders have measured into recipes/judge."""
    (JUDGE / name).write_text(json.dumps(joined(reports), indent=1) + "\n")


def take_over_samples(reports, suite="icons"):
    """Their sheets and prompts as the model's samples, in place of all that this suite has left there."""
    folder = MODEL / "samples"
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        if (file.stem in EMOJI_SPLITS) == (suite == "emoji"):
            file.unlink()
    for report in reports:
        for split in read(report / "report.json")["splits"]:
            for kind in ("png", "txt"):
                shutil.copyfile(report / f"{split}.{kind}", folder / f"{split}.{kind}")


def shown(i):
    return f"{i['mean']:.2f} [{i['low']:.2f}, {i['high']:.2f}]"


def lines_of(head, rows):
    return "\n".join(["| " + " | ".join(r) + " |" for r in (head, ["---"] * len(head), *rows)])


def scores_table(scores):
    marks = {"canvas": "canvas", "container": "container", "background": "background", "foreground": "foreground",
             "allFour": "all four", "top1": "concept top-1", "top5": "top-5", "joint": "joint", "style": "style", "copies": "copies"}
    return lines_of(["split", "pictures", *marks.values()],
                    [[split, str(s["pictures"]), *(shown(s[m]) for m in marks)] for split, s in scores["splits"].items()])


def ratio_table(scores):
    marks = {"top1": "concept top-1 ÷ ceiling", "top5": "top-5 ÷ ceiling", "joint": "joint ÷ ceiling"}
    return lines_of(["split", "all four", *marks.values()],
                    [[split, shown(s["allFour"]), *(shown(s["ofCeiling"][m]) for m in marks)] for split, s in scores["splits"].items()])


def few_step_table(reports):
    """One row per split and way of drawing, for the splits that all of them have."""
    marks = {"canvas": "canvas", "background": "background", "allFour": "all four", "top1": "concept top-1", "joint": "joint", "style": "style", "copies": "copies"}
    splits = [s for s in reports[0]["splits"] if all(s in r["splits"] for r in reports)]
    way = lambda r: ", ".join([f"{r['settings']['steps']} steps", f"guidance {r['settings']['guidanceScale']}", *(f"`<lora:{a['id']}>`" for a in r["adapters"])])
    distinct = lambda r: shown(r["distinctness"]) if r["distinctness"] else "–"
    passes = lambda r: r["settings"]["steps"] * (2 if r["settings"]["guidanceScale"] > 1 else 1)
    return (lines_of(["split", "drawn with", "pictures", *marks.values()],
                     [[split, way(r), str(r["splits"][split]["pictures"]), *(shown(r["splits"][split][m]) for m in marks)] for split in splits for r in reports])
            + "\n\n" + lines_of(["drawn with", "distinct among 16", "network passes a picture"], [[way(r), distinct(r), str(passes(r))] for r in reports]))


def ceiling_table(c):
    rows = {f"unseen sets, {k}": v for k, v in c["ceiling"].items()} | {k: c[k] for k in ("mismatched captions", "blur 0.8", "noise 12")}
    keys = ("all four", "concept top-1", "concept top-5", "joint", "style", "copies")
    cell = lambda v: "–" if v is None else f"{v:.2f}"
    return lines_of(["real pictures", "n", *keys], [[name, str(v["n"]), *(cell(v.get(k)) for k in keys)] for name, v in rows.items()])


def summary(scores):
    """What a reader wants first, in words that follow from the numbers."""
    s = next(iter(scores["splits"].values()))
    split = next(iter(scores["splits"]))
    return (f"On {'combinations it was taught' if split == 'seen' else split} it gets canvas, container and both colours right in {s['allFour']['mean']:.2f} of the pictures; "
            f"the drawing is recognised as its concept in {s['top1']['mean']:.2f} (real icons of unseen sets: {s['ceiling']['concept top-1']:.2f}).")


def teacher():
    """What drew the pictures that the few-step adapter learnt from, as its file says."""
    with safe_open(MODEL / "adapters" / "few-step.safetensors", "pt") as f:
        told = json.loads(f.metadata()["easel"])["dataset"]["fingerprint"]
    return json.loads(told.removeprefix("trajectories of "))


def emoji_scores():
    """What was measured of emoji, as a part of the section, or that nothing was yet."""
    scores = read(JUDGE / "scores-emoji.json")
    if not scores:
        return "They have not been scored yet."
    s, splits = scores["settings"], scores["splits"]
    marks = {"canvas": "canvas", "container": "container", "background": "background", "allThree": "all three", "top1": "label top-1", "top5": "top-5", "joint": "joint"}
    parts = {"top1": "label top-1 ÷ ceiling", "top5": "top-5 ÷ ceiling", "joint": "joint ÷ ceiling"}
    divided = {split: one["ofCeiling"] for split, one in splits.items() if one.get("ofCeiling")}
    text = (f"`easel evaluate emoji`: {s['prompts']} prompts × {s['seeds']} {'seed' if s['seeds'] == 1 else 'seeds'} per split, {s['steps']} steps, guidance {s['guidanceScale']}; `emoji-style` asks for labels in a style that training never showed of them. "
            "The label is judged by a classifier that never saw a training drawing; whether the style is the one asked for is not judged.\n\n"
            + lines_of(["split", "pictures", *marks.values()], [[split, str(one["pictures"]), *(shown(one[m]) for m in marks)] for split, one in splits.items()]))
    if divided:
        text += ("\n\nDivided by what real pictures of unseen emoji sets reach on the same prompts:\n\n"
                 + lines_of(["split", *parts.values()], [[split, *(shown(of[m]) for m in parts)] for split, of in divided.items()]))
    if scores.get("distinctness"):
        d = scores["distinctness"]
        text += f"\n\nDistinct among 16 pictures of one prompt: {shown(d)} over {d['prompts']} prompts."
    sheets = [f"![{split}: a sample of prompts](samples/{split}.png)" for split in splits if (MODEL / "samples" / f"{split}.png").exists()]
    return "\n\n".join([text, *sheets])


def upscaler_section(u):
    """How near the upscaler comes to a drawing rendered in 128, and how what it makes is judged."""
    if not u:
        return ""
    names = ("nearest", "bicubic", "upscaler")
    text = (f"In 128×128. Decibels (PSNR) from the drawing rendered in 128×128, on {u['pictures']} pictures of icons and emoji of sets that no part of the model has seen: "
            "as rendered in 64×64, and after the generator has added a little noise to them and taken it away (`recipes/icons/upscaler.py --score`):\n\n"
            + lines_of(["64×64 from", *names], [[source, *(f"{u[source][n]:.1f}" for n in names)] for source in ("rendered", "redrawn")]) + "\n\n")
    large = read(JUDGE / "scores-128.json")
    if large:
        s = large["settings"]
        text += (f"`easel evaluate icons --size {s['width']}`: {s['prompts']} prompts × {s['seeds']} {'seed' if s['seeds'] == 1 else 'seeds'}, each picture averaged to 64×64 before it is looked at:\n\n" + ratio_table(large) + "\n\n")
    return text


def emoji_section(e):
    """What the card says of colour emoji, the second domain; nothing for a model that was taught none."""
    if not e.get("emoji"):
        return ""
    known = known_emoji(e["emoji"])
    names = ", ".join(f"{one['character']} {one['name']}" for one in known)
    return f"""## Emoji

A prompt with the word "emoji" draws one of {len(known)} colour emoji, in the style of one of four sets: {', '.join(styles_of(known))}. It stands on canvas or container
as an icon does, and brings its own colours: a colour for the emoji itself changes nothing that training knew of. They came into the training
at picture {e['emoji_since']:,}; of the labels that all four sets draw, a tenth of the pairs of label and style was never shown.
Of a label in a style the data have one drawing, so what comes is near that one; variety and copies are not measured for them.

    noto skull emoji on a blue circle
    pear emoji in flat style on white
    emoji of a baby chick, gray background

{emoji_scores()}

<details><summary>The {len(known)} emoji</summary>

{names}

</details>

"""


def styles_of(known):
    return list(dict.fromkeys(style for one in known for style in one["styles"]))


def emoji_credits(e):
    return "" if not e.get("emoji") else f"Colour emoji, from the same collection; drawings of twemoji, emojione, fxemoji and streamline-emojis were held out:\n\n{emoji_table(e['emoji'])}\n\n"


def measured(scores):
    if not scores:
        return "no scores yet"
    full = scores["settings"]["prompts"] >= 500 and scores["settings"]["seeds"] >= 4
    return "as above" if full else "as above, on fewer prompts than the project's goal of 500 × 4"


def undone(e):
    """What of the plan is not done yet, and what the ablation said."""
    told = RECIPE / "ablation.md"
    is_open = not told.exists() or "Partial" in told.read_text()
    left = [*([] if e["top"] >= 663 else ["663 concepts"]), *([] if e.get("emoji") else ["colour emoji"]),
            *(["a run of the shared/dual/frozen ablation (`recipes/icons/ablation.py`)"] if is_open else [])]
    return " ".join([*([f"Not done yet: {', '.join(left)}."] if left else []), *([] if is_open else ["One text encoder, two or a frozen one: `recipes/icons/ablation.md`."])])


def stood_still(e):
    """A new vocabulary wakes the contrastive half, because it has new words to learn; the third that it should stand still is counted from there."""
    share = lambda begin: (e["pictures"] - e["frozen_since"]) / (e["pictures"] - begin)
    return (f"The contrastive half stands still since\npicture {e['frozen_since']:,}: {share(VOCABULARY_SINCE):.0%} of the run with these concepts, which came at picture {VOCABULARY_SINCE:,}"
            f" and woke it, and\n{share(0):.0%} of the pictures in all.")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--shipped", action="store_true", help="what is in models/icon-64 was exported anew")
    parser.add_argument("--report", type=Path, nargs="+")
    parser.add_argument("--report-emoji", type=Path, nargs="+")
    parser.add_argument("--report-null", type=Path)
    parser.add_argument("--report-128", type=Path, help="the same with --size 128")
    parser.add_argument("--report-few", type=Path, nargs="+", default=[], help="the same with few steps, with the few-step adapter or without")
    args = parser.parse_args()
    if args.shipped:
        for name in TOLD:
            if (told := WORK / "run" / f"{name}.json").exists():
                shutil.copyfile(told, SHIPPED / told.name)
    if args.report:
        take_over(args.report, "scores.json")
        take_over_samples(args.report)
    if args.report_emoji:
        take_over(args.report_emoji, "scores-emoji.json")
        take_over_samples(args.report_emoji, "emoji")
    if args.report_128:
        take_over([args.report_128], "scores-128.json")
    if args.report_null:
        take_over([args.report_null], "scores-pooled-null.json")
    ways = {}
    for report in args.report_few:
        told = read(report / "report.json")
        ways.setdefault(f"scores-steps-{told['settings']['steps']}{'' if told['adapters'] else '-plain'}.json", []).append(report)
    for name, reports in ways.items():
        take_over(reports, name)
    (MODEL / "README.md").write_text(card(*(read(SHIPPED / f"{name}.json") for name in TOLD)))


def card(e, prior, probe, upscaler):
    """The model card of what export.py told of the export, train_prior.py of the translator, probe.py of the swapped concepts and upscaler.py of itself."""
    scores = read(JUDGE / "scores.json")
    how = scores["settings"] if scores else {"steps": 20, "guidanceScale": 2}
    bank = Bank(e["top"])
    glyphs = sum(len(v) for v in bank.by_concept.values())
    # Said openly because the wording split asks for words never trained: what else the model may have read.
    keywords = "" if e.get("keywords_since") is None else (
        f" Since picture\n{e['keywords_since']:,} captions also use keywords of Unicode CLDR and tags of icon sets, alone or beside the concept's name, and half of the captions"
        f"\nwithout picture come from all concepts of the bank. A word that the wording split holds out for a concept never stands for it,"
        f"\nbut may occur in names of others: held out means never read for a picture of the thing itself. Of the eleven held-out words \"floppy\" and"
        f"\n\"happy\" are words of trained names, \"map marker\" is made of trained words, \"mic\" and \"setting\" are read in names of other things (\"mic off\"), \"thumbtack\" and \"utensil\" nowhere;"
        f"\n\"area chart\", \"card sim\", \"align text right\" and \"corner left up\" are trained words in another order.")
    shipped = "come from a short branch with the\nlearning rate lowered to zero" if e.get("mean_of") is None else (
        f"are the mean of two short branches with the\nlearning rate lowered to zero, which ended at {e['mean_of'][0]:,} and {e['mean_of'][1]:,} pictures")
    params = ", ".join(f"{n} {v / 1e6:.2f}M" for n, v in e["parameters"].items())
    text = f"""---
license: mit
language: en
pipeline_tag: text-to-image
library_name: easel
tags: [icons, flow-matching, pixel-space, onnx, text-to-image]
---

# icon-64

Draws 64×64 icons{", and again in 128×128 where a prompt says `size: 128x128`" if upscaler else ""}: a concept, a colour, a style, a container and a canvas, from a sentence{"; and colour emoji" if e.get("emoji") else ""}. Trained from scratch for Easel
on permissively licensed icon sets, on two CPU cores. It is a checkpoint of a run that can go on:
{e['pictures']:,} pictures in {e['seconds'] / 3600:.1f} hours at the lowest priority beside other work, of 15 to 30 hours that were
planned. {summary(scores) if scores else "It has not been scored yet."}

    red heart icon on a blue circle
    outline green camera icon
    white lock icon on a red rounded square, yellow background

{len(bank.ids)} concepts with synonyms are listed in `concepts.json`, with {len(palette.NAMES)} colours ({', '.join(palette.NAMES)}), the containers
circle and rounded square, and the styles outline, filled, thin and bold. Other words are tokenised but mean nothing to it yet.

## Parts

`text_encoder` (two encoders that share nothing: `last_hidden_state` for the generator, `pooled_output` for the contrastive
space), `transformer` (the generator, flow-matching velocity), `image_encoder`, `prior` (text to image embedding),
`scheduler`, `tokenizer`{", `upscaler` (64×64 to 128×128)" if upscaler else ""}. Parameters: {params}. {sum(f.stat().st_size for f in MODEL.rglob('*') if f.is_file()) / 1e6:.1f} MB in all, matrices in fp16.
Opset 18, standard operators, float32 in and out. Use {how["steps"]} steps, guidance {how["guidanceScale"]} (or `<lora:few-step>` in the prompt, 6 steps, guidance 1), and the pooled vector of the prompt
(without it the tokens alone draw about as well, see below). `encoder_attention_bias` is a required input.
A forward pass of the transformer costs {e['timing']['batch 1']} ms of CPU time on one thread ({e['timing']['batch 2']} ms for two pictures at once), float32,
12 text tokens; 20 steps with guidance are 40 such passes, {40 * e['timing']['batch 1'] / 1000:.2f} s of CPU time in all, to be shared by the threads.

## Training

{glyphs:,} drawings of {len(bank.ids)} concepts, composed on the fly with colours and containers ({e['pictures']:,} pictures,
{e['step']:,} steps). Flow matching on pixels in [-1, 1], the network predicts the clean picture, loss weighted 1/σ. The
generator's loss trains generator and generative encoder; the contrastive loss trains the contrastive encoder and the image
tower; neither reaches the other half (`recipes/icons/test_gradients.py`). Since picture 111,808 two linear heads, not exported,
also read the glyph's ink from the generator's inside: from the caption alone, with 64 more captions a step, and from the grid. Since picture
210,112 two captions in five put the words in one of ten more orders, since 606,016 one in two in one of eighteen, since 1,030,144
three in five in one of thirty-one (the thirteen were written after looking at pictures that missed in the wording split: they name the place first, or style and
colour after the concept), since 1,511,488 in one of sixty-two (the place first, joined by other words); the two orders of the wording split are not among them.{keywords} Conditioning: caption with text embedding .30,
caption alone .35, image embedding alone .15, caption with another drawing's image embedding .10, nothing .10. Muon for hidden
matrices, AdamW for the rest, exponential average of the weights; the shipped weights {shipped}. {stood_still(e)} The first 23,424 pictures were drawn with six blocks; the
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
        text += (f"`easel evaluate icons`: {s['prompts']} prompts × {s['seeds']} seeds per split, {s['steps']} steps, guidance {s['guidanceScale']}, prompts that state every attribute, 95 % bootstrap intervals over prompts. "
                 "Attributes are exact pixel checks; the concept is judged by a classifier that never saw a training glyph (`models/icon-judge`); no glyph found counts as wrong. "
                 "Copies: glyphs whose overlap with a training glyph is above 0.9.\n\n" + scores_table(scores) + "\n\n"
                 "Divided by what real pictures of unseen icon sets reach on the same prompts:\n\n" + ratio_table(scores) + "\n\n")
        for split, s in scores["splits"].items():
            parts = [f"{wording} ({one['prompts']} prompts): all four {shown(one['allFour'])}, concept top-1 {shown(one['top1'])}, top-5 {shown(one['top5'])}, joint {shown(one['joint'])}" for wording, one in (s.get("wordings") or {}).items()]
            if parts:
                text += f"Of {split}, words as trained in an order never trained, and synonyms never trained for their concept: " + "; ".join(parts) + ".\n\n"
        if scores["distinctness"]:
            d = scores["distinctness"]
            text += f"Distinct among 16 pictures of one prompt: {shown(d)} over {d['prompts']} prompts; 16 human drawings of one concept: {d['real']:.2f}.\n\n"
        precision = [f"{k} {shown(v['rPrecision'])}" for k, v in scores["splits"].items() if v["rPrecision"]]
        if precision:
            text += f"R-precision with the model's own embeddings, its caption among {scores['rPrecisionAmong']} (not an independent judge): " + "; ".join(precision) + ".\n\n"
        null = read(JUDGE / "scores-pooled-null.json")
        if null:
            text += "The same with the pooled vector null:\n\n" + scores_table(null) + "\n\n"
        few = [read(path) for path in sorted(JUDGE.glob("scores-steps-*.json"))]
        if few:
            text += ("Few steps. The adapter `adapters/few-step.safetensors` (`recipes/icons/distill.py`; `<lora:few-step>` in a prompt) was taught by "
                     f"the {scores['settings']['steps']} steps with guidance {teacher()['guidance']} (for variety) to draw without it. Of the teacher's drawings, those whose canvas, container or colours were not as "
                     "asked for, by pixels, or in which the model's own image tower did not find the concept, were left out, which is why it can do better than its teacher. The same prompts and seeds, or the first of them:\n\n" + few_step_table([scores, *few]) + "\n\n")
        text += upscaler_section(upscaler)
        text += "The same scorer on real pictures:\n\n" + ceiling_table(scores["calibration"]) + "\n\n"
    text += f"""Sample sheets, by seed and unpicked, are in `samples/`, one per split, with their prompts.

{emoji_section(e)}## Limits

{"64×64, and 128×128 of the same drawing: the upscaler sharpens edges and invents nothing" if upscaler else "64×64 only"}. One icon per picture, one concept per icon; no text, no counting, no positions. Concepts outside the list come
out as something else. Not meant for logos; brand names and drawings close to brand icons were removed from the data.
Measured: {measured(scores)}. {undone(e)}

## Data, licences, notices

Artwork from Iconify's collection (`@iconify/json` 2.2.535), permissive licences only; licences as Iconify declares them.
No artwork is part of this folder. Drawings of hugeicons, icon-park-outline, healthicons and carbon were held out. Tokenizer
vocabulary also from Unicode CLDR annotations 48.2.0 (Unicode-3.0). Weights: MIT, as Easel. The licences' texts are in
`../icon-judge/NOTICE.md`.

{table(e['top'])}

{emoji_credits(e)}Words of captions beyond the icons' names:

{words_table()}

Written by `recipes/icons/card.py` on {time.strftime('%Y-%m-%d', time.gmtime())}.
"""
    return text


if __name__ == "__main__":
    main()
