"""The liar-game API: what nginx proxies to, a process outside Compose."""
