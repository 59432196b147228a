#!/usr/bin/env bash
# Entries of a feed come out newest first.
# touches: feedgen
# guessed: entries stand in the file in the order in which they were added
# seen: the last entry added stands first, in Atom and in RSS
# here: documents/feed.py adds each entry with order="append"
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet feedgen==1.0.0
cat > program.py <<'END'
import re
from feedgen.feed import FeedGenerator

feed = FeedGenerator()
feed.id("urn:feed")
feed.title("feed")
feed.description("three entries")
feed.link(href="http://example.org")
for name in ("first", "second", "third"):
    entry = feed.add_entry()
    entry.id(f"urn:{name}")
    entry.title(name)
    entry.link(href=f"http://example.org/{name}")
    entry.updated("2026-01-01T00:00:00Z")
print("atom", re.findall("urn:(first|second|third)", feed.atom_str().decode()))
print("rss", re.findall("<title>(first|second|third)", feed.rss_str().decode()))
END
cat > expected <<'END'
atom ['third', 'second', 'first']
rss ['third', 'second', 'first']
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
