"""LangChain and LangGraph. Public names are in `harmonia_plugins.langchain`."""
