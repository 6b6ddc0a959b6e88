HELP=EXAMPLES="todo"
def add_arguments(p): pass
