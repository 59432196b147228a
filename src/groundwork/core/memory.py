"""Memory that a process has freed and keeps."""

import ctypes

# From glibc's malloc.h: above the first, memory is the system's own; above the second, what lies free
# at the end of the heap is returned.
_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1


def keep_freed() -> None:
    """Have the C library keep freed memory for the next tensor, in place of returning it.

    PyTorch allocates each intermediate result anew. glibc returns a large one to the system when it
    is freed, and the next one is cleared again, page by page, when it is first written. For the whole
    process; without effect where the C library is another.
    Checked by: tests/core/test_memory.py.
    """
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(_MMAP_THRESHOLD, 1 << 25)  # the most that every glibc takes, 32 MiB
        mallopt(_TRIM_THRESHOLD, (1 << 31) - 1)
