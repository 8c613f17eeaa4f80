"""Scripted reviewers who know the labels.

reviewer   decides about the cards of the review queue
keyboard   presses the keys of these decisions in Chromium
on_map     decides on the map alone, in Chromium
driver     uploads logos to a running product and reviews them in Chromium
figures    what a review took, and what it was worth
"""
