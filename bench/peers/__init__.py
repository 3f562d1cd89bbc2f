"""The peers: each accepts an invitation over HTTP and queues it durably, as its own documentation shows it."""
