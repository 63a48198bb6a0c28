"""LlamaIndex. Public names are in `harmonia_plugins.llama_index`."""
