"""The program that looks at a service from beside it; standard library only."""
