#!/usr/bin/env bash
# ghp-import leaves out linked folders and commits what has not changed.
# touches: ghp-import, git
# guessed: a link to a folder is published as a link or with its content, and a second import of the same folder adds nothing
# seen: linked folders are left out without a word, linked files become copies, and each import adds an empty commit
# here: publish_branch.py commits with git alone, and the site holds files only, no links
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet ghp-import==2.1.0
cat > program.py <<'END'
import os
import pathlib
import subprocess
import sys


def git(*arguments):
    return subprocess.run(["git", *arguments], check=True, text=True, capture_output=True).stdout


git("init", "-q", "repository")
os.chdir("repository")
git("config", "user.name", "name")
git("config", "user.email", "name@example.org")
for path in ("site/page.html", "elsewhere/figure.svg"):
    pathlib.Path(path).parent.mkdir()
    pathlib.Path(path).write_text(path)
os.symlink("../elsewhere", "site/linked_folder")
os.symlink("page.html", "site/linked_page.html")
for _ in range(2):
    subprocess.run([sys.executable, "-m", "ghp_import", "site"], check=True)
print(git("ls-tree", "-r", "--format=%(objectmode) %(path)", "gh-pages").split("\n")[:-1])
print("commits", git("rev-list", "--count", "gh-pages").strip())
print("changed in the second", repr(git("diff", "--stat", "gh-pages~1", "gh-pages")))
END
cat > expected <<'END'
['100644 linked_page.html', '100644 page.html']
commits 2
changed in the second ''
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
