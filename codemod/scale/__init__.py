"""A run over more files than one machine should look at: shards, joined reports, a cluster."""
