"""One search over several machines as KerasTuner has it: a chief holds the oracle, workers train.

Which process is what is said by environment variables (`environment`). They talk over gRPC, in KerasTuner's messages.
"""
