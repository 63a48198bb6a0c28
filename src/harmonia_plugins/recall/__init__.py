"""From a query to hits: reading the question, filtering, ranking, and printing a context."""
