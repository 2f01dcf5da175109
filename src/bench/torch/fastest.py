"""A case whose variants, eager and compiled, each run in the memory format that is faster for them."""


class Fastest:
    def __init__(self, make, formats, milliseconds, repeats, keep):
        """
        make(memory_format) -> a case, with run(variant)
        milliseconds(case, variant) -> how long a run takes; asked `repeats` times, after one run that warms up
        keep: whether a case may serve several variants, as its runs change nothing
        """
        self.make, self.formats, self.keep = make, formats, keep
        self.milliseconds, self.repeats = milliseconds, repeats
        self.cases, self.chosen = {}, {}

    def case(self, memory_format):
        if not self.keep or memory_format not in self.cases:
            self.cases[memory_format] = self.make(memory_format)
        return self.cases[memory_format]

    def choose(self, variant):
        """Finds the format. Gives the result of the first run, which is also the one that compiles."""
        timed = []
        for memory_format in self.formats:
            case = self.case(memory_format)
            output = case.run(variant)
            timed.append((min(self.milliseconds(case, variant) for _ in range(self.repeats)), case, output))
        _, self.chosen[variant], output = min(timed, key=lambda entry: entry[0])
        return output

    def run(self, variant):
        return self.chosen[variant].run(variant)
