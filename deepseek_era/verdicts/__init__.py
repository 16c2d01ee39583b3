"""Winners and losers: impact equations, the verdict rule, grades, sensitivity, cards."""
