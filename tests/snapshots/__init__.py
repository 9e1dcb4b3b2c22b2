"""What earlier versions have stored, opened by this one."""
