"""The press: the document engine (weaving, two renderers) and the site. Computes no result."""
