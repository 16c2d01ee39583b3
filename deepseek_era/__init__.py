"""Winners & Losers in the DeepSeek Era: the models, exhibits and publisher behind the report."""
