"""What came in from vendors: kept before anything is done with it, or not believed."""
