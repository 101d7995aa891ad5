"""How the benches measure: load, CPU time, statements by themselves, and what is printed."""
