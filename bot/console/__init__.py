"""The console: where the shop's people know, watch, correct and release.

Server-rendered pages with one small script; every route names the role that may use it (`bot.console.doors`).
"""
