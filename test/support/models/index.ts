import { denseModels } from "./dense-models.js";
import { imageModels } from "./image-models.js";
import { lossModels } from "./loss-models.js";
import type { ModelCase } from "./model-case.js";
import { sequenceModels } from "./sequence-models.js";

/** Every layer type of tfjs, its paddings, strides and formats, and every loss. */
export const models: Readonly<Record<string, ModelCase>> = {
  ...denseModels,
  ...imageModels,
  ...sequenceModels,
  ...lossModels,
};
