"""A scripted reviewer who works through a review queue by its keys and knows the labels."""
