"""The live page: one door between the page and the engine, plain JSON in and plain JSON out."""
