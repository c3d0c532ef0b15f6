// Google's CSP Evaluator on each policy of the JSON list that comes in; prints what it found.
const { CspEvaluator } = require("csp_evaluator/dist/evaluator");
const { CspParser } = require("csp_evaluator/dist/parser");
const { Severity } = require("csp_evaluator/dist/finding");

const policies = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const found = policies.flatMap((policy) =>
  new CspEvaluator(new CspParser(policy).csp).evaluate().map((finding) => ({
    severity: Severity[finding.severity],
    rank: finding.severity,
    directive: finding.directive,
    value: finding.value,
    description: finding.description,
  })),
);
console.log(JSON.stringify({ found, informational: Severity.INFO }));
