"""What is made of sightings: figures, unexplained failures that are alike, drafts of signatures for them; pure."""
