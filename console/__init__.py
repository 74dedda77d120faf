"""The `fakturabro` command: thin. What belongs here: arguments, exit codes, what is printed. What does not: any rule."""
