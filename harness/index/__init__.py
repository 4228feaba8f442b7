"""Many runs together: an index of them, what differs between two, what to review.

The index is a cache of journals and no evidence; it can be deleted at any time.
"""
