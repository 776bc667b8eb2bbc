"""What our public name is. One module for each way to have one."""
