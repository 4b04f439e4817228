"""Signatures against past builds: figures and words are pure, the sources join log stores and CI servers."""
