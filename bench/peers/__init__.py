"""What `bench.dispatch` measures: one contender a file, and the sink that all of them send to."""
