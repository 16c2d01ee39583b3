"""Sweeps: many scenarios in one table, on all processors of this machine or on a Dask cluster.

A plan (``data/sweeps/*.yaml``) spans points over parameters: a grid, a Latin hypercube or a list. Points are worked
off in chunks; each finished chunk is a file of its own, so a sweep that is killed goes on where it was and gives the
same table. A point that cannot be computed is a row with its reason.
"""
