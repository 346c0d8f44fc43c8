"""What can go wrong with a policy: in its form, and, explored by the code that decides, in what can happen under it."""
