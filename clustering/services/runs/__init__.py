"""The run stage: requesting, computing and saving a clustering, carrying decisions over."""
