"""Makes base-model folders of model folders."""
