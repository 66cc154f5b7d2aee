"""What a run tells: reports, diffs, exit statuses."""
