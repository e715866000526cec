"""The two passes, step by step: players, quizzes, frames for slides, animations."""
