"""Cross-validation of models: folds, rows of the table, figures from stored predictions."""
