"""Who is timed: each module's `opened` makes a database in a folder and gives back what makes one walk durable."""
