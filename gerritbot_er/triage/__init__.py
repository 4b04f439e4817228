"""The way of one failure: case, waiting, classifying, verdict, words.  It knows ports only."""
