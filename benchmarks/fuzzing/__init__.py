"""Bytes made up at random, and damaged messages, put into every parser."""
