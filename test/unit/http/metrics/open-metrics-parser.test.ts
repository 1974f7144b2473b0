import { expect, test } from "vitest";
import { parseOpenMetrics } from "../../../support/open-metrics-parser.ts";

test.for([
  ["no end", "# TYPE agonus_a gauge\n# HELP agonus_a a\nagonus_a 1\n"],
  ["a sample twice", "# TYPE agonus_a gauge\n# HELP agonus_a a\nagonus_a 1\nagonus_a 1\n# EOF\n"],
  [
    "a family twice",
    "# TYPE agonus_a gauge\n# HELP agonus_a a\nagonus_a 1\n# TYPE agonus_a gauge\n# HELP agonus_a a\nagonus_a 1\n# EOF\n",
  ],
  ["no help", "# TYPE agonus_a gauge\nagonus_a 1\n# EOF\n"],
  ["a counter without _total", "# TYPE agonus_a counter\n# HELP agonus_a a\nagonus_a 1\n# EOF\n"],
  ["a silent family", "# TYPE agonus_a gauge\n# HELP agonus_a a\n# EOF\n"],
  ["a quote that isn't escaped", '# TYPE agonus_a gauge\n# HELP agonus_a a\nagonus_a{b="c"d"} 1\n# EOF\n'],
])("the reader refuses %s", ([, text]) => {
  expect(() => parseOpenMetrics(text ?? "")).toThrow();
});
