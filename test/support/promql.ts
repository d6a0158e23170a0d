import { parser } from '@prometheus-io/lezer-promql';

/** A time series that an expression selects. */
export interface Selector {
  /** The metric: `plumbline_leader`. */
  readonly metric: string;
  /** The labels by which it is selected. */
  readonly labels: readonly string[];
  /** The function that is called with it, where that is so: `rate`. */
  readonly inFunction: string | undefined;
  /** Whether a time stands behind it: `[5m]`. */
  readonly isRange: boolean;
}

/** Labels that are named where series are put together, `by (…)` or `on (…)`, and the metrics that they are labels of. */
export interface Grouping {
  readonly labels: readonly string[];
  readonly metrics: readonly string[];
}

/** What an expression in PromQL says. */
export interface PromExpression {
  readonly selectors: readonly Selector[];
  readonly groupings: readonly Grouping[];
}

type Node = ReturnType<typeof parser.parse>['topNode'];

function below(node: Node, name: string): readonly Node[] {
  const found: Node[] = [];
  node.cursor().iterate((each) => {
    if (each.name === name) found.push(each.node);
  });
  return found;
}

/**
 * Reads an expression with the grammar of Prometheus itself.
 *
 * @throws Error where it is none, with the place
 */
export function parsePromQL(expression: string): PromExpression {
  const tree = parser.parse(expression).topNode;
  const textOf = (node: Node | null): string => (node === null ? '' : expression.slice(node.from, node.to));
  const metricOf = (selector: Node): string => textOf(selector.getChild('Identifier'));

  tree.cursor().iterate(({ type, from }) => {
    if (!type.isError) return;
    throw new Error(`no PromQL at character ${from}: ${expression.slice(0, from)}>>>${expression.slice(from)}`);
  });
  return {
    selectors: below(tree, 'VectorSelector').map((selector) => {
      const isRange = selector.parent?.name === 'MatrixSelector';
      const call = (isRange ? selector.parent : selector)?.parent?.parent;
      return {
        metric: metricOf(selector),
        labels: below(selector, 'LabelName').map(textOf),
        inFunction: call?.name === 'FunctionCall' ? textOf(call.getChild('FunctionIdentifier')) : undefined,
        isRange,
      };
    }),
    groupings: below(tree, 'GroupingLabels').map((labels) => ({
      labels: below(labels, 'LabelName').map(textOf),
      // The modifier, and the expression that it stands in.
      metrics: below(labels.parent?.parent ?? tree, 'VectorSelector').map(metricOf),
    })),
  };
}
