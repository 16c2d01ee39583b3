"""The article's thirteen claims of fact: dated evidence, a stated rule for each, a verdict and a finding in two sentences."""
