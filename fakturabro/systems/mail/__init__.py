"""Sending e-mail over SMTP: building a message that cannot be bent by what stands in it, and knowing whether it was taken.

What does not belong here: texts and templates (tasks, gateway), reading bounces, choosing a channel.
"""
