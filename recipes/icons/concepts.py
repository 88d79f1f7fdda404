"""The list of what the model knows, which the editor completes and lints against: concepts.json.

python concepts.py    the list for EASEL_CONCEPTS, beside the training; export.py writes the one in the model's folder
"""
import json

import captions
import palette
import splits
from data import taught_bank
from paths import CONCEPTS, WORK


def templates():
    """How the training's captions put their parts together: every joining word of theirs is known, and no lint may call it unknown."""
    parts = ("{style}", "{colour}", "{concept}", "on a {colour} {container}", ", {colour} background")
    return [make(*parts) for make in (captions.TEMPLATES | captions.VARIED).values()]


def write_concepts(top, path, keywords):
    """`keywords`: the model was taught words.py's, so those that may stand alone are synonyms too."""
    bank = taught_bank(top)
    known = []
    for c in bank.ids:
        concept = bank.concepts[c]
        synonyms = [a for a in concept["aliases"] if not splits.synonym_held_out(concept["key"], a)]
        known.append({"name": concept["name"], "synonyms": synonyms + (concept["alone"] if keywords else []), "drawings": len(bank.by_concept[c])})
    value = {"concepts": known, "colours": {n: "#" + h for n, h in palette.COLOURS.items()}, "containers": list(captions.CONTAINERS[1:]),
             "styles": list(captions.STYLES), "templates": templates()}
    # One concept a line keeps the file short to read and to diff.
    lines = ",\n".join("    " + json.dumps(k) for k in known)
    rest = json.dumps({k: v for k, v in value.items() if k != "concepts"}, indent=2)[1:]
    path.write_text('{\n  "concepts": [\n' + lines + "\n  ]," + rest + "\n")
    print(f"{path}: {len(known)} concepts, {sum(1 + len(k['synonyms']) for k in known)} words for them")


if __name__ == "__main__":
    write_concepts(CONCEPTS, WORK / f"concepts-{CONCEPTS}.json", keywords=True)
