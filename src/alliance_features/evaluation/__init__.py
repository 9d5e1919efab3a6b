"""What a model adds: folds, rows of the table, figures from stored predictions."""
