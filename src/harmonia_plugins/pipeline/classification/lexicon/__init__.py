"""Word lists about English in general; breadth is what carries over to new texts."""
