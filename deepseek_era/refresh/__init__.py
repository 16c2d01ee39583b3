"""Fresh facts: fetch returns and list prices, set them beside the committed tables, take them over on request.

An extra (``requirements-refresh.txt``): no notebook, model or build imports it, and nothing else uses the network.

- `polite` asks over HTTP: limits, bounded tries, waits when told to.
- `returns` and `prices` read one source each and compare it with the committed table.
- `snapshot` writes what was fetched to ``data/snapshots/<day>/``, whole or not at all.
- `review` checks a snapshot as a build would read it, and shows what it changes, down to headline figures.
- `adopt` takes a snapshot over into ``data/``, all of it or nothing.
"""
