"""What is wrong with signature files, each finding at its place with the mended text; pure."""
