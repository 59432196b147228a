"""Documents: the engine (weaving, two renderers) and the site. Computes no result."""
