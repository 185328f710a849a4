"""Who speaks each quotation of a project, and with which voice."""
