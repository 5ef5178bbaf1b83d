"""The chat server: asyncio over TCP, with health and metrics over HTTP in the same loop."""
