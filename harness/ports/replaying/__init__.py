"""A recorded run as a bench that answers: its bytes, its times, its typed answers."""
