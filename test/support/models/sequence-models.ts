/** Models of sequences: recurrent layers, their cells and wrappers, embeddings and masks. */
import type { Layers, ModelCase } from "./model-case.js";
import { normal, stack, tokens } from "./model-case.js";

const sequence = [5, 4] as const;

function recurrent(
  build: (layers: Layers) => ReturnType<Layers["lstm"] | Layers["bidirectional"]>,
): ModelCase {
  return stack(sequence, (layers) => [build(layers)]);
}

export const sequenceModels: Readonly<Record<string, ModelCase>> = {
  simpleRNN: recurrent((layers) => layers.simpleRNN({ units: 6 })),
  "simpleRNN, all steps, backwards": recurrent((layers) =>
    layers.simpleRNN({ units: 6, returnSequences: true, goBackwards: true }),
  ),
  lstm: recurrent((layers) => layers.lstm({ units: 6 })),
  "lstm, all steps": recurrent((layers) => layers.lstm({ units: 9, returnSequences: true })),
  "lstm, stacked": stack(sequence, (layers) => [
    layers.lstm({ units: 6, returnSequences: true }),
    layers.lstm({ units: 5, activation: "relu" }),
  ]),
  "lstm, dropout": recurrent((layers) =>
    layers.lstm({ units: 6, dropout: 0.3, recurrentDropout: 0.3 }),
  ),
  gru: recurrent((layers) => layers.gru({ units: 6 })),
  "gru, all steps": recurrent((layers) => layers.gru({ units: 6, returnSequences: true })),
  rnn: recurrent((layers) => layers.rnn({ cell: layers.simpleRNNCell({ units: 5 }) })),
  "rnn of stacked cells": recurrent((layers) =>
    layers.rnn({
      cell: layers.stackedRNNCells({
        cells: [layers.lstmCell({ units: 5 }), layers.gruCell({ units: 4 })],
      }),
    }),
  ),
  bidirectional: recurrent((layers) =>
    layers.bidirectional({ layer: layers.lstm({ units: 4 }), mergeMode: "concat" }),
  ),
  "bidirectional, sum of all steps": recurrent((layers) =>
    layers.bidirectional({
      layer: layers.gru({ units: 4, returnSequences: true }),
      mergeMode: "sum",
    }),
  ),
  timeDistributed: stack(sequence, (layers) => [
    layers.timeDistributed({ layer: layers.dense({ units: 6 }) }),
  ]),
  "timeDistributed convolution": stack([3, 5, 6, 2], (layers) => [
    layers.timeDistributed({ layer: layers.conv2d({ filters: 3, kernelSize: 2 }) }),
  ]),
  convLstm2d: stack([3, 6, 5, 2], (layers) => [layers.convLstm2d({ filters: 3, kernelSize: 3 })]),
  "convLstm2d, same, strides, all steps": stack([3, 6, 5, 2], (layers) => [
    layers.convLstm2d({
      filters: 3,
      kernelSize: 2,
      padding: "same",
      strides: 2,
      returnSequences: true,
    }),
  ]),
  embedding: stack([6], (layers) => [layers.embedding({ inputDim: 20, outputDim: 5 })], {
    x: tokens(20, 6),
  }),
  "embedding with masked zeros": stack(
    [6],
    (layers) => [
      layers.embedding({ inputDim: 8, outputDim: 5, maskZero: true }),
      layers.lstm({ units: 4 }),
    ],
    { x: tokens(8, 6) },
  ),
  masking: {
    ...stack(sequence, (layers) => [layers.masking({ maskValue: 0 }), layers.gru({ units: 4 })]),
    x: () => normal(...sequence)().mul(tokens(2, 5, 1)()),
  },
  "masking, both ways": {
    ...stack(sequence, (layers) => [
      layers.masking({ maskValue: 0 }),
      layers.bidirectional({ layer: layers.lstm({ units: 4 }), mergeMode: "ave" }),
    ]),
    x: () => normal(...sequence)().mul(tokens(2, 5, 1)()),
  },
};
