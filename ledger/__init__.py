"""What must survive: database, journal of events, durable jobs, spool of files, clock. Knows not what it means."""
