"""The console's pages: each module lists its doors in `DOORS`."""
