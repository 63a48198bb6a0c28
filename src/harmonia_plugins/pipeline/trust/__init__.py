"""Only what was said by someone who may say it: who is believed, what is kept aside or blanked."""
