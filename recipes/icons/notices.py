"""Credits of the artwork that taught the generator, as the icon sets declare them, and of the words in its captions."""
import json

from data import Bank
from paths import CONCEPTS, DATA


def table(top):
    meta = json.loads((DATA / "glyphs.json").read_text())
    bank = Bank(top)
    count = {}
    for c in bank.ids:
        for g in bank.by_concept[c]:
            s = bank.glyphs[g]["set"]
            count[s] = count.get(s, 0) + 1
    lines = ["| set | author | licence | drawings used |", "|---|---|---|---|"]
    for name in sorted(count, key=lambda s: -count[s]):
        s = meta["sets"][name]
        linked = lambda words, url: f"[{words}]({url})" if url else words
        author, licence = linked(s["author"]["name"], s["author"].get("url")), linked(s["license"]["title"], s["license"].get("url"))
        lines.append(f"| {s['name']} | {author} | {licence} | {count[name]} |")
    return "\n".join(lines)


def words_table():
    sources = json.loads((DATA / "words.json").read_text())["sources"]
    rows = [f"| `{s['package']}` {s['version']} | {s['licence']} | {s['holder']} |" for s in sources.values()]
    return "\n".join(["| package | licence | copyright |", "|---|---|---|", *rows])


if __name__ == "__main__":
    print(table(CONCEPTS), words_table(), sep="\n\n")
