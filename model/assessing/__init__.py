"""What a model says of a photo and why: engines, assessments, explanations, and the forms they are shown in."""
