"""Pages for those who run Shenhou: what is published, what is open, whether all is well."""
