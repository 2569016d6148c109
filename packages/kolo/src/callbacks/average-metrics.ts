import * as tf from "@tensorflow/tfjs";

/**
 * A mark in the callbacks array: the fit hook sees it and averages the logs before any user callback
 * runs, wherever in the array it stands (../fit/average-logs.ts).
 */
export class AverageMetrics extends tf.Callback {}
