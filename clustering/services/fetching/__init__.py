"""The fetch stage: claiming domains, visiting their sites, recording the outcome."""
