"""The document: what the notebooks gave, put together, before it is set as page or paper."""
