/**
 * What is built unless another version is asked for, with the hashes of what npm and pip must bring.
 * The wheels are those for CPython 3.11, because some Python has to be named; no Python runs them.
 */
export const pinnedTensorFlow = "2.21.0";

/** Counts up when the same versions give another package, so that an older build is not up to date. */
export const buildNumber = 1;

/** By the name of the package, a space, and the machine's name in wheels. */
const tensorflowSha256 = {
  "tensorflow-cpu x86_64": "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c",
  "tensorflow x86_64": "9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124",
  "tensorflow aarch64": "4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c",
};

/** The newest of each that `tensorflow[and-cuda]` 2.21.0 allows, for x86_64. */
const cudaOfPinnedTensorFlow = [
  [
    "nvidia-cublas-cu12==12.9.3.13",
    "d7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72",
  ],
  [
    "nvidia-cuda-cupti-cu12==12.9.79",
    "096bcf334f13e1984ba36685ad4c1d6347db214de03dbb6eebb237b41d9d934f",
  ],
  [
    "nvidia-cuda-nvcc-cu12==12.9.86",
    "5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0",
  ],
  [
    "nvidia-cuda-nvrtc-cu12==12.9.86",
    "210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4",
  ],
  [
    "nvidia-cuda-runtime-cu12==12.9.79",
    "25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3",
  ],
  [
    "nvidia-cudnn-cu12==9.28.0.42",
    "9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375",
  ],
  [
    "nvidia-cufft-cu12==11.4.1.4",
    "c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28",
  ],
  [
    "nvidia-curand-cu12==10.3.10.19",
    "49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e",
  ],
  [
    "nvidia-cusolver-cu12==11.7.5.82",
    "15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88",
  ],
  [
    "nvidia-cusparse-cu12==12.5.10.65",
    "73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78",
  ],
  ["nvidia-nccl-cu12==2.32.3", "bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c"],
  [
    "nvidia-nvjitlink-cu12==12.9.86",
    "e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9",
  ],
];

/** By name and version; other versions are checked by npm against its registry's own hash. */
export const npmIntegrity = {
  "@tensorflow/tfjs-node@4.22.0":
    "sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==",
  "@tensorflow/tfjs-node-gpu@4.22.0":
    "sha512-p//NN6DGiN4hInUmIkRffaFVMcdTREUMjPyjW04J7OXvB2zBlQimj61eFKSgRrH3f5TnOfKzb0n56he/B6a4bw==",
  "node-api-headers@1.9.0":
    "sha512-2oNILP4jXwRB4ywnYKjVk1YyJ96n2D4EOVJO6S3oYZ5PtbJrw3Yt9TpAuX3nBLMuzn74rnfGQrv13pS9vC+YiA==",
};

/** The declarations of Node-API, which are the same for all versions of Node. */
export const apiHeaders = "node-api-headers@1.9.0";

/** What pip is to bring: a requirement as pip writes it, and the hash of the wheel where it is known. */
export function tensorflowRequirement({ version, gpu, wheelArch }) {
  // For arm64 there is no tensorflow-cpu; its tensorflow has no CUDA.
  const name = gpu || wheelArch !== "x86_64" ? "tensorflow" : "tensorflow-cpu";
  return {
    spec: `${name}==${version}`,
    sha256: version === pinnedTensorFlow ? tensorflowSha256[`${name} ${wheelArch}`] : undefined,
  };
}

/** Undefined for a TensorFlow whose needs are not pinned: its wheel says what they are. */
export function pinnedCudaRequirements(version) {
  if (version !== pinnedTensorFlow) return undefined;
  return cudaOfPinnedTensorFlow.map(([spec, sha256]) => ({ spec, sha256 }));
}
