"""What our evaluator and the real servers are asked alike: documents, queries, and the comparison of their answers."""
