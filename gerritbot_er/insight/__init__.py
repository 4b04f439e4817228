"""What is made of sightings: which unexplained failures are alike, and drafts of signatures for them; pure."""
