"""The simulated bench: one physical world, and a twin for each instrument in it."""
