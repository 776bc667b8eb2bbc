"""What is in a file that has stopped changing: can it be read, and has its writer closed it?

`reading` reads, in a process apart, which `helper` asks (`watcher.apart` kills it over a read that hangs); `examining`
says which file is looked into and when, and remembers what was found.
"""
