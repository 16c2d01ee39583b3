"""Editions: base runs frozen under ``report/editions/<day>/``, what changed from one to the next, and why."""
