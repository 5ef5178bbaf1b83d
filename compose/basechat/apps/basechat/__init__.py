"""The applications behind the proxy: one program, a role each."""
