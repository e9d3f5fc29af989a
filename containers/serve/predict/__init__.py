"""The notes of a whole file: on a machine that has the models folder, and as a processing job of SageMaker."""
