# %% docstring
def f():
    """A text with
# %% what looks like a cell
# vi: and like a comment
    in it.
    """


# %% options raises="RuntimeError" tolerance="1e-3" samples="400" volatile="true"
raise RuntimeError("meant")
