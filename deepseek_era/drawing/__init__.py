"""From a Vega-Lite specification to SVG, and the faces it is set in. Nothing here imports Altair or pandas.

The processes that draw for a build (`building.drawers`) import this room alone, so that they are warm in a moment.
"""
