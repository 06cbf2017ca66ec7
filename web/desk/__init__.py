"""The desk: what clerks see and do. Queues, the page of a task, the page of a case."""
