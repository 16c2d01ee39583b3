"""Kinds of chart over tidy frames, each drawing its wide and its narrow form, and the exhibit around them."""
