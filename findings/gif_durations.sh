#!/usr/bin/env bash
# A GIF's frames that repeat are merged and its times cut to tens of milliseconds.
# touches: imageio, Pillow
# guessed: six frames of 25 ms are read back as six frames of about 25 ms
# seen: four frames: repeated frames become one that is shown longer, and each time is cut down (25 ms to 20, 15 to 10, 5 to 0)
# here: a test reads the times of written films back (tests/pipeline/test_media.py)
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet imageio==2.38.1 pillow==13.0.0 numpy==2.4.6
cat > program.py <<'END'
import imageio.v3 as iio
import numpy as np

frames = [np.full((8, 8, 3), grey, np.uint8) for grey in (0, 0, 50, 100, 100, 200)]
for duration in (15, 25, 5):
    file = iio.imwrite("<bytes>", frames, extension=".gif", duration=duration)
    count = len(iio.imread(file, extension=".gif", index=None))
    read = [iio.immeta(file, extension=".gif", index=i)["duration"] for i in range(count)]
    print(f"{len(frames)} frames of {duration} ms: read {count} frames of {read} ms")
END
cat > expected <<'END'
6 frames of 15 ms: read 4 frames of [30, 10, 30, 10] ms
6 frames of 25 ms: read 4 frames of [50, 20, 50, 20] ms
6 frames of 5 ms: read 4 frames of [10, 0, 10, 0] ms
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
