"""An LLM as rater of sessions, through any server that speaks OpenAI's chat completions."""
