"""Forms: what a page accepts, checked before a service sees it."""
