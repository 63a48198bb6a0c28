"""What must survive: kills, damage, full disks, other processes, forgetting, many small writes."""
