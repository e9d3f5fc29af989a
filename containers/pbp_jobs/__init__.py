"""What the three SageMaker jobs (embed, train, evaluate) share."""
