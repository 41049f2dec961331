"""Events on their way to partners: signed, paced, tried again, sent anew, diagnosed."""
