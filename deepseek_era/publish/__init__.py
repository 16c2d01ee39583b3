"""Run the notebooks, collect what they record, and render one HTML page and one PDF."""
