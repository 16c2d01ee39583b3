"""Building a run: its folder, its kernels, its caches, and the server that repeats it."""
