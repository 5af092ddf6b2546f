"""Pictures that move while a net trains: a bar with loss and speed, a curve that grows.

`cell` writes into a notebook's cell in place, `bar` is `progress`, `curve` is `LiveCurve`, `hook`
is `ProgressHook` for monitored sessions and Estimators.
"""
