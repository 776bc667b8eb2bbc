"""What is in a file that has stopped changing: can it be read, and has its writer closed it?

`child` reads, in a process of its own; `helper` keeps that process and kills it over a read that hangs; `examining`
says which file is looked into and when, and remembers what was found.
"""
