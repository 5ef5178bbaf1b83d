"""The client: what stands for the bot on a phone, and a door through which to direct it."""
