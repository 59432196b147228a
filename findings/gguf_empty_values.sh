#!/usr/bin/env bash
# The GGUF writer leaves out empty values.
# touches: gguf
# guessed: a key whose value is an empty list or an empty text is in the file
# seen: the key is missing from the file; 0 and False are kept
# here: nothing; this project does not use it so
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet gguf==0.19.0
cat > program.py <<'END'
import gguf

writer = gguf.GGUFWriter("a.gguf", "llama")
writer.add_array("x.no_items", [])
writer.add_string("x.no_text", "")
writer.add_uint32("x.zero", 0)
writer.add_bool("x.false", False)
writer.add_array("x.items", [1, 2])
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
print([key for key in gguf.GGUFReader("a.gguf").fields if key.startswith("x.")])
END
cat > expected <<'END'
['x.zero', 'x.false', 'x.items']
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
