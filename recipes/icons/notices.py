"""Credits of the artwork that taught the generator, as the icon sets declare them."""
import json

from data import Bank
from paths import DATA


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
        author, licence = s["author"], s["license"]
        lines.append(f"| {s['name']} | [{author['name']}]({author.get('url', '')}) | [{licence['title']}]({licence.get('url', '')}) | {count[name]} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(200))
