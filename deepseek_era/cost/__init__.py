"""What R1 cost to use, to train, to run and to own: pure functions over arrays, and `tables` of them for a model."""
