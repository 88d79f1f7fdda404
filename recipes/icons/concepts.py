"""The list of what the model knows, which the editor completes and lints against: concepts.json.

python concepts.py [--emoji]    the list for EASEL_CONCEPTS, beside the training; export.py writes the one in the model's folder
"""
import argparse
import json

import captions
import emoji
import palette
import splits
from data import taught_bank
from paths import CONCEPTS, EMOJI, WORK


def templates(with_emoji=False):
    """How the training's captions put their parts together: every joining word of theirs is known, and no lint may call it unknown."""
    parts = ("{style}", "{colour}", "{concept}", "on a {colour} {container}", ", {colour} background")
    icons = [make(*parts) for make in (captions.TEMPLATES | captions.VARIED).values()]
    style, _, *others = parts  # an emoji brings its own colours
    return icons + [make(style, *others) for make in emoji.TEMPLATES if with_emoji]


def known_emoji(labels):
    """The first `labels` emoji of which training shows a drawing, each with the styles that it shows of it."""
    bank = emoji.EmojiBank(labels)
    style = lambda drawing: bank.style[bank.emoji[drawing]["set"]]
    return [{**{k: bank.labels[label][k] for k in ("name", "character", "keywords")}, "styles": list(dict.fromkeys(map(style, bank.by_label[label])))} for label in bank.ids]


def write_concepts(top, path, keywords, emoji_labels=0):
    """`keywords`: the model was taught words.py's, so those that may stand alone are synonyms too. `emoji_labels`: how many emoji it was taught, 0 for none."""
    bank = taught_bank(top)
    known = []
    for c in bank.ids:
        concept = bank.concepts[c]
        synonyms = [a for a in concept["aliases"] if not splits.synonym_held_out(concept["key"], a)]
        known.append({"name": concept["name"], "synonyms": synonyms + (concept["alone"] if keywords else []), "drawings": len(bank.by_concept[c])})
    taught = known_emoji(emoji_labels) if emoji_labels else []
    value = {"concepts": known, "colours": {n: "#" + h for n, h in palette.COLOURS.items()}, "containers": list(captions.CONTAINERS[1:]),
             "styles": list(captions.STYLES), "templates": templates(bool(taught))}
    if taught:
        value |= {"emojiStyles": list(dict.fromkeys(style for one in taught for style in one["styles"])), "emoji": taught}
    # One concept, and one emoji, a line keeps the file short to read and to diff.
    lines = lambda things: "[\n" + ",\n".join("    " + json.dumps(k, ensure_ascii=False) for k in things) + "\n  ]"
    shown = lambda key: lines(value[key]) if key in ("concepts", "emoji") else json.dumps(value[key], indent=2).replace("\n", "\n  ")
    path.write_text("{\n" + ",\n".join(f'  "{key}": {shown(key)}' for key in value) + "\n}\n", encoding="utf-8")
    print(f"{path}: {len(known)} concepts, {sum(1 + len(k['synonyms']) for k in known)} words for them, {len(taught)} emoji")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--emoji", action="store_true", help="the emoji too")
    write_concepts(CONCEPTS, WORK / f"concepts-{CONCEPTS}.json", keywords=True, emoji_labels=EMOJI if parser.parse_args().emoji else 0)
