"""Rows for the tasks of the assistant, one module per kind, worded by `training/data/written/tasks`.

Every builder takes the sample shop's records and a random generator and yields rows in one language.
Numbers come from the records alone.
"""
