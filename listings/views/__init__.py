"""Pages: `activities` for organisations that post, `prepared` for the officers who decide on them."""
