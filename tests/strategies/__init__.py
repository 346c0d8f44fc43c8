"""What the properties range over: policies, people, facts of a careless world, and releases that commands can reach.

`scenes` and `releases` are driven by `decide` itself, so that nothing there can be a state that no history leads to;
`facts` and `commands` know no such bound, because `decide` must bear whatever is asked. A strategy is made once, when
it is imported or first asked for: to make one takes longer than to draw from it.
"""
