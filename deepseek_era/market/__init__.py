"""The market part: what prices did on and after 27 January 2025, and how sure that can be said.

- `returns`: a panel of returns on the benchmark's own trading days, event days and windows, checks.
- `normal`: normal-return models, abnormal returns and their full prediction-error covariance.
- `inference`: tests that allow for one shared event date, and corrections for many tests.
- `value`: market value gained or lost, with the joint error of a group.
- `cross_section`: abnormal returns against exposures known before the event.
- `paths`: total-return paths after the event.
- `study`: the study of this report: settings, groups, windows, put together from the pieces above.
- `panel`: many events at once: what series did on every day, and means over lists of events.
- `events`: lists of events, the report's or a user's; `releases`: tables of what groups did on them.
- `shapes`: the usual shapes of a user's file of returns or prices.
- `inputs`: what a run's study reads, from the tables or a user's own file.
- `tables`: results by group and firm; `companies`: what firms spent and earned.
"""
