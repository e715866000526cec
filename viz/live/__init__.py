"""The live page: one door between a page and the engine, plain JSON in and plain JSON out."""
