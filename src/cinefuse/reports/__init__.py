"""From a comparison's records to what people read: tables, figures, one HTML page. Never reruns a model."""
