"""Capacity: demand for compute, supply of it, and what an efficiency gain does to both."""
