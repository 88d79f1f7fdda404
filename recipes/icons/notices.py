"""Credits of the artwork that taught the generator, as the icon sets declare them, and of the words in its captions."""
import json

from data import Bank
from emoji import EmojiBank
from paths import CONCEPTS, DATA, EMOJI


def table(top):
    """The sets of the first `top` concepts' drawings."""
    bank = Bank(top)
    return sets_table("glyphs.json", (bank.glyphs[g]["set"] for c in bank.ids for g in bank.by_concept[c]))


def emoji_table(labels):
    """The sets of the first `labels` emoji's drawings."""
    bank = EmojiBank(labels)
    return sets_table("emoji.json", (bank.emoji[i]["set"] for label in bank.ids for i in bank.by_label[label]))


def sets_table(meta, drawings):
    """Who made the sets that `drawings` (a set's name for each) come from, as the data's file tells; the most used first."""
    sets, count = json.loads((DATA / meta).read_text())["sets"], {}
    for s in drawings:
        count[s] = count.get(s, 0) + 1
    lines = ["| set | author | licence | drawings used |", "|---|---|---|---|"]
    for name in sorted(count, key=lambda s: -count[s]):
        s = sets[name]
        linked = lambda words, url: f"[{words}]({url})" if url else words
        author, licence = linked(s["author"]["name"], s["author"].get("url")), linked(s["license"]["title"], s["license"].get("url"))
        lines.append(f"| {s['name']} | {author} | {licence} | {count[name]} |")
    return "\n".join(lines)


def words_table():
    sources = json.loads((DATA / "words.json").read_text())["sources"]
    rows = [f"| `{s['package']}` {s['version']} | {s['licence']} | {s['holder']} |" for s in sources.values()]
    return "\n".join(["| package | licence | copyright |", "|---|---|---|", *rows])


if __name__ == "__main__":
    print(table(CONCEPTS), emoji_table(EMOJI), words_table(), sep="\n\n")
