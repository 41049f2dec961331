"""The main journey, played against the sandbox with real processes and real HTTP."""
