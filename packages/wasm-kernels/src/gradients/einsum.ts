import {
  broadcastTo,
  Einsum,
  type EinsumAttrs,
  einsum,
  type GradConfig,
  reshape,
  type Tensor,
} from "@tensorflow/tfjs-core";

/**
 * The gradient of einsum, which tfjs has for no backend. That by an operand is an einsum again, of dy
 * and the other operand; along a dimension that only this operand has, and that is summed, it is the
 * same everywhere.
 */
export const einsumGradient: GradConfig = {
  kernelName: Einsum,
  saveAllInputs: true,
  gradFunc: (dy, operands, attrs) => {
    const { equation } = attrs as unknown as EinsumAttrs;
    const [terms = "", output = ""] = equation.replaceAll(/\s/g, "").split("->");
    const [left = "", right] = terms.split(",");
    const gradientBy = (index: number, own: string, other: string | undefined) => () => {
      const [x, y] = index === 0 ? operands : [operands[1], operands[0]];
      if (x === undefined) throw new Error("Expected an operand for each term of the equation.");
      const known = Array.from(own).filter(
        (name) => output.includes(name) || other?.includes(name),
      );
      const gradient =
        other === undefined || y === undefined
          ? einsum(`${output}->${known.join("")}`, dy as Tensor)
          : einsum(`${output},${other}->${known.join("")}`, dy as Tensor, y);
      const shape = Array.from(own).map((name, axis) =>
        known.includes(name) ? (x.shape[axis] ?? 1) : 1,
      );
      return broadcastTo(reshape(gradient, shape), x.shape);
    };
    return {
      0: gradientBy(0, left, right),
      ...(right !== undefined && { 1: gradientBy(1, right, left) }),
    };
  },
};
