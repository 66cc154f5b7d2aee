"""Source text: lines, spans, names, liveness, and the records that later rooms share."""
