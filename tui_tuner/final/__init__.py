"""The final model of a search: trained anew, evaluated, documented. Keras runs in a process of its own."""
