"""The document set as page and paper, and their drawings."""
