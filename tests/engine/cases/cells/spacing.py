# A file may begin with comments.

#%% tight
x = 1
# %%   wide   raises="ValueError"


def g():
    # vi: bên trong
    # en: inside
    pass



if x:
    y = 1
    # %% indented
z = 2
# %% last
print(x)  # (1)!
