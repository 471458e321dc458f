"""What a run record looks like to people and to machines: one file a format.

``write.write_all`` writes the files, ``console.print_run`` the terminal.
"""
