"""What runs inside a worker: the only room that imports Keras, and only when a job asks for it."""
