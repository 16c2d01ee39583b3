"""What R1 cost to use, to train, to run and to own: pure functions over arrays, and `report.figures`."""
